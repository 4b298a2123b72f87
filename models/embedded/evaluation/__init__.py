"""What the embedded model is measured with: cases written by hand, and the code that scores them."""
