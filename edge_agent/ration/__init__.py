"""The daily ration of frames below the threshold, by which a station can be judged."""
