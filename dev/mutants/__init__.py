"""Do the tests notice a fault? Each small change of `smart_dunning/logic` must make one fail."""
