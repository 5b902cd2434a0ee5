nullif(regexp_replace({name}, '(村民委员会|居民委员会|村委会|居委会|嘎查|社区|村|居)+$', ''), '')
