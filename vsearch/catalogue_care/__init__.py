"""Looking after a catalogue as a whole: what stands in it twice, and a map of all of it."""
