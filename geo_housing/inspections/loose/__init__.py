"""照片归户: photos that were sent later wait for the house that they show."""
