"""The screen and the command line: Textual widgets that paint what `rnn_core` computes."""
