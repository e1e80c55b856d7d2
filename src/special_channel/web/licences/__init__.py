"""Licences: quantities left, draw-downs, and forms for CN's officials."""
