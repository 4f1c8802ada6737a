"""How good an encoder is: labelled sets of pictures and what is measured on them."""
