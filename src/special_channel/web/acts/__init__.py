"""Acts on people: begin one, sign second, refuse, take back, as pages and API."""
