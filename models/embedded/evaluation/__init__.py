"""What the embedded model is measured with: cases, and the code that scores them."""
