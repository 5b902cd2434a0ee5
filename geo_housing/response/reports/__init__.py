"""快报, 续报, 晨报: figures frozen as they were sent, written by the office, corrected by a 更正 and never edited."""
