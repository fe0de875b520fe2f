"""Where things are: places by name, areas that nest, outlines. Data files, no SQL, no network."""
