"""What texts mean: the optional extra ``semantic``. Nothing here is imported where it is off."""
