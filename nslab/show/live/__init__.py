"""What lives in a cell's output: the widget, its controls and charts, and the panel that drives them."""
