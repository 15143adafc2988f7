from hypothesis import settings

# Examples decode pictures: on a busy machine one may take long, and that is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
