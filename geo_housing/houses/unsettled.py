"""Which houses somebody should look at, as SQL that index and queries share; apart from the models, which load much."""

# Not located, or located and yet somebody should look: several houses on one point, a systematic shift, a point on a border.
UNSETTLED = (
    "(location_state <> 'located' OR location_note IN ('shared_point', 'shifted', 'border')) AND ended_on IS NULL"
)
