"""Deliveries: one alert to one phone, a row before it is a push."""
