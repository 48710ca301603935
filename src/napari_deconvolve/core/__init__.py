"""The mathematics: blur, noise, iteration. Knows neither files nor windows."""
