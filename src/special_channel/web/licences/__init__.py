"""Licences: quantities left, draw-downs, and the forms by which CN's officials record them."""
