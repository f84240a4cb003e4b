print("mmrazor")
