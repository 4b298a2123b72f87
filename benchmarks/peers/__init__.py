"""What people write or install instead, each as short as they would write it."""
