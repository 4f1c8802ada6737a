"""Making encoders: tune, distil, quantise, and what tells them apart."""
