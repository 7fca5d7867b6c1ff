//! What a chronicle is told with besides its stories: landmarks, scenery, daily life, talk.

/// Days that everybody remembers: a name, and how they are told.
pub const LANDMARKS: &[(&str, &str)] = &[
    (
        "the flood at {l}",
        "*The river came over its banks at {l} [in the night|before dawn], and the lower street stood under water \
         for [two|three|four] days. // Hens were rowed to the church steps in a wash-tub.",
    ),
    (
        "the horse fair at {l}",
        "*The horse fair was held at {l} [that week|under a high wind], and every field about the place was hired \
         for picketing. // A grey mare went for more than a cottage.",
    ),
    (
        "the great fire at {l}",
        "*Fire took the [rope-walk|thatch of the long barn] at {l} and had most of the street before it was \
         stopped. // The smell of it hung in the curtains for a month.",
    ),
    (
        "the bishop's visit at {l}",
        "*The bishop came to {l} at last, with [eleven mules|two chaplains and a cold in the head]. // Every step \
         in the place had been scrubbed for him.",
    ),
];

/// Deeds that something may be promised for: as a condition, and as done.
pub const FEATS: &[(&str, &str)] = &[
    ("first climbed the broken tower", "went up the broken tower hand over hand and waved from the top"),
    ("brought the lost bull down from the moor", "came down off the moor leading the lost bull by a rope of hay"),
    ("got the drowned plough out of the ford", "had the drowned plough up out of the ford"),
    ("could find the old well again", "struck the stone lid of the old well with a spade"),
];

/// Scenery that may stand before a scene.
pub const BEFORE: &[&str] = &[
    "The rain had stopped [before noon|in the night].",
    "It was washing day, and the lanes smelt of lye.",
    "A cart had lost its wheel by the [pump|bridge], and the road was blocked.",
];

/// What may follow a scene.
pub const AFTER: &[&str] = &[
    "Nobody [spoke|thought] much of it at the time.",
    "The dogs went on barking until [dark|supper].",
    "Then everyone went home to eat.",
];

/// Scenes of daily life, in which nothing happens that a claim could be about.
pub const DAILY: &[&str] = &[
    "{A} mended a hurdle in the [top|long] field and talked to {a himself} about the price of [barley|wool]. // The \
     wind was in the north. // By evening there was ice on the trough.",
    "There was soup at {A}'s that night, and bread, and [nothing else|the end of a cheese]. // {B} came in for the \
     warmth and stayed for the soup.",
];

/// Rumours, wishes, dreams and lies: they name the people and the thing of a story and settle nothing.
pub const RUMOURS: &[&str] = &[
    "At the pump they said that {P} would have {o} [sooner or later|by rights]. // Nobody knew who had said it \
     first.",
    "\"I should like to see {o} in {P}'s hands,\" said {B}, who [liked|was fond of] saying such things.",
];

/// The same where a story is about no thing.
pub const GOSSIP: &[&str] =
    &["There was talk about {P} at the [mill|forge], as there always was, and {B} put in a word. // None of it was \
     worth the breath."];

/// How chapters open.
pub const OPENINGS: &[&str] = &[
    "{m} came in [wet|dry and cold|with a high wind].",
    "That {m} the [swallows were late|roads were bad|days seemed longer than the work].",
];
