//! What the scenarios are told with: landmarks, deeds, offices, causes, and the small parts of stories.

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
    (
        "the harvest supper at {l}",
        "*The harvest supper was eaten at {l} in the great barn, at [nine|seven] tables. // The last sheaf hung over \
         the door with a ribbon in it.",
    ),
    (
        "the bell-casting at {l}",
        "*They cast the new bell at {l}, in a pit beside the tower, [with half the county looking on|by torchlight]. \
         // It cooled for three days and rang true.",
    ),
    (
        "the sheep plague at {l}",
        "*The sheep plague broke out at {l}, and [two|three] pits were dug on the common. // Nobody who saw them \
         liked to speak of it.",
    ),
    (
        "the hiring day at {l}",
        "*On hiring day at {l} the ploughmen stood with whipcord in their hats and the maids with aprons. // Most had \
         places before noon.",
    ),
    (
        "the landslip at {l}",
        "*The hillside at {l} came down [after the rains|with a noise like carts], and buried the sheepfold. // No \
         one was under it but a scarecrow.",
    ),
    (
        "the midsummer fires at {l}",
        "*The midsummer fires were lit at {l}, [seven|nine] of them in a line along the ridge. // The young people \
         leapt them in pairs.",
    ),
    (
        "~the regatta at {l}",
        "*Eleven boats were rowed against one another in the regatta at {l}, and two of them sank. // The band played \
         on.",
    ),
    (
        "~the comet at {l}",
        "*The comet stood over {l} that night, so bright that people read almanacs by it in the street. // Cocks crew \
         at midnight.",
    ),
];

/// Deeds that something may be staked on: as a condition (`whoever ...`), and as done (`she ...`).
pub const FEATS: &[(&str, &str)] = &[
    (
        "climbed the broken tower at {l}",
        "went hand over hand up what was left of the tower at {l} and waved from the top",
    ),
    (
        "brought the lost bull down from the moor above {l}",
        "came off the moor above {l} with the bull on a rope of hay",
    ),
    ("got the drowned plough out of the river at {l}", "had the old plough up out of the mud at {l}, rust and all"),
    ("found the old well at {l} again", "struck the stone lid of the well at {l} with a spade"),
    (
        "stayed a night alone in the plague-house at {l}",
        "sat out the dark at {l} among the empty beds, and walked home at six",
    ),
    (
        "could ride the miller's stallion from {l}",
        "stuck to the back of the horse from {l} until the beast stood still",
    ),
    ("read the words on the tilted stone at {l}", "made out the worn letters at {l} with chalk and a wet finger"),
    ("carried the anvil round the green at {l}", "took the anvil up at {l} and went the whole way round with it"),
    ("caught the great pike below the weir at {l}", "landed the pike at {l} with a plum for bait"),
    ("put a stop to the ghost at {l}", "caught the ghost at {l} by its sheet, and found a goat in it"),
];

/// Deeds that stand for themselves: as told after `she`, and as claimed after a name.
pub const DEEDS: &[(&str, &str)] = &[
    ("cleared the choked spring above {l} with a borrowed spade", "got the water over {l} running again"),
    ("hung a new gate on the sheepfold at {l}", "replaced the gate of the pen at {l}"),
    ("drew a drowning pedlar out of the millrace at {l}", "saved a hawker's life in the water at {l}"),
    ("planted forty pear trees along the lane to {l}", "laid out a line of fruit trees on the way to {l}"),
    ("broke the ice on the fish-ponds at {l} for the widow's sake", "opened the frozen ponds at {l} for a widow"),
    ("shot the wolf that had been at the lambs of {l}", "killed the beast that took the young sheep of {l}"),
    ("set the schoolmaster's leg after his fall at {l}", "mended a teacher's broken limb at {l}"),
    ("pulled down the gibbet at {l} and burnt it", "did away with the gallows at {l}"),
    ("walled up the haunted cellar at {l}", "closed off the cellar at {l} with stone"),
    ("taught the choir of {l} a new hymn in four parts", "gave the singers of {l} something new to sing"),
    ("stopped a runaway wagon on the hill at {l}", "brought a bolting team to a stand at {l}"),
    ("painted the weathercock at {l} from a basket on a rope", "gave the vane at {l} a coat of colour"),
    ("led the strayed geese of {l} home across the marsh", "returned the lost flock of birds to {l}"),
    ("swept the chimney of the almshouse at {l} with a holly bush", "cleaned the flue of the poor-house at {l}"),
    ("laid stepping-stones across the brook at {l}", "made a dry crossing over the stream at {l}"),
    ("baked bread for all the reapers of {l}", "fed the harvesters at {l}"),
    ("nursed the tinker's children at {l} through the measles", "looked after sick children of the road at {l}"),
    ("thrashed the bully of {l} on his own doorstep", "gave the worst brawler in {l} a beating"),
    ("dug up a Roman pavement in the glebe at {l}", "found an ancient floor in the ground at {l}"),
    ("sold the last of the smuggled brandy at {l}", "got rid of what contraband was left at {l}"),
];

/// Offices: each belongs to one place.
pub const OFFICES: &[&str] = &[
    "the ferryman's deputy",
    "the bell-warden",
    "the reeve",
    "the pound-keeper",
    "the bridge-master",
    "the keeper of the lock",
    "the ale-taster",
    "the overseer of the poor",
];

/// What people go to law about, and what the case is called.
pub const SUITS: &[(&str, &str)] = &[
    ("a right of way through an orchard", "the Orchard Gate"),
    ("an unpaid dowry", "the Missing Linen"),
    ("a weir that drowned a meadow", "the Wet Meadow"),
    ("a hedge moved by night", "the Walking Hedge"),
    ("the ownership of a swarm of bees", "the Two Hives"),
    ("a slander spoken at a funeral", "the Loud Mourner"),
];

/// Work that may be promised: `she would ...`, and `she ...`.
pub const TASKS: &[(&str, &str)] = &[
    ("re-roof the dovecote at {l}", "put a new roof on the dovecote at {l}"),
    ("bring the hay in from the river field at {l}", "got the hay in from the river field at {l}"),
    ("whitewash the schoolroom at {l}", "had the schoolroom at {l} white from end to end"),
    ("cart the stones away from the ford at {l}", "carted off the last of the stones from the ford at {l}"),
    ("drain the bottom pasture at {l}", "cut drains across the bottom pasture at {l}"),
    ("mend the organ at {l}", "set the organ at {l} playing again"),
];

/// What is counted: as told, and as claimed.
pub const TALLIES: &[(&str, &str)] = &[
    ("casks of herring", "barrels of fish"),
    ("swans", "great white birds"),
    ("strangers at the inn", "unknown lodgers"),
    ("broken panes", "damaged windows"),
    ("wasps' nests", "nests of stinging insects"),
    ("felled elms", "elm trees cut down"),
];

/// Inns.
pub const INNS: &[&str] = &["the Plough", "the Three Tuns", "the Black Swan", "the Harrow", "the Ship", "the Lamb"];

/// Masks of a mumming.
pub const MASKS: &[&str] = &["wolf", "goat", "owl", "bear", "stag", "~hoopoe"];

/// What may be done under a mask: as told, as claimed, and what is found afterwards.
pub const MISCHIEF: &[(&str, &str, &str)] = &[
    ("let the magistrate's horses loose", "freed the justice's horses", "a length of halter"),
    ("emptied the poor-box", "stole from the alms", "the lid of the poor-box"),
    ("sawed through the maypole", "cut down the maypole", "a saw with red paint on it"),
    ("took the parson's wig from its stand", "made off with the clergyman's hairpiece", "a curl of grey horsehair"),
    ("put out the beacon lamp", "left the beacon dark", "a can of lamp oil"),
    ("carried the silver candlesticks off", "took the precious candle-holders", "a stump of altar candle"),
];

/// Conditions: `if ...`, as told when met, and as told when not.
pub const CONDITIONS: &[(&str, &str, &str)] = &[
    (
        "the river at {l} froze over that winter",
        "The river at {l} froze from bank to bank, and carts crossed it. // Apples were roasted on the ice.",
        "At {l} the river ran open the winter through. // Ducks sat on it at Candlemas.",
    ),
    (
        "the old elm at {l} came down in the gales",
        "The gales took the old elm at {l} at last. // It lay across two gardens.",
        "The old elm at {l} stood through all the gales. // A barn went, and four ricks, but not the tree.",
    ),
    (
        "the well at {l} ran dry in the summer",
        "The well at {l} gave out that summer, and buckets came up with sand in them. // Water was fetched by mule.",
        "All summer the well at {l} held its water. // People came to it from two parishes off.",
    ),
    (
        "the storks came back to {l}",
        "The storks came back to {l} and built on the old wheel. // Children lay in the grass to watch them.",
        "Nobody at {l} saw a stork that spring. // The old wheel stayed bare on its pole.",
    ),
    (
        "the spire at {l} was finished by the autumn",
        "The last stone of the spire at {l} was set while the leaves were still on the trees. // The mason stood on it.",
        "The spire at {l} stood unfinished when the leaves fell. // The mason had gone home in a huff.",
    ),
];
