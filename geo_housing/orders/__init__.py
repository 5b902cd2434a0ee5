"""Orders (委托) to third parties (第三方机构): which houses they look at, and see as long as the order stands."""
