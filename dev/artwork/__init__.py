"""Icon and banner of the addon, drawn by a browser: make pictures, or python -m dev.artwork"""
