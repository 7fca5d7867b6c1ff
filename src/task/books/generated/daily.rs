//! What a chronicle holds besides its stories: openings, scenery, daily life, and talk that settles nothing.

/// How chapters open; `{m}` is a month.
pub const OPENINGS: &[&str] = &[
    "{m} came in [wet|dry and cold|with a high wind], and the [gutters|chimneys|weathercocks] let everyone know it.",
    "That {m} the [swallows were late|roads were bad|days seemed longer than the work|wells were low].",
    "In {m} the chronicle has less to tell of weather than of people.",
    "There are {m}s that pass like a cart on grass. // This was not one of them.",
    "Nobody who lived through that {m} agreed afterwards about [the order of things|what had come of it].",
    "{m} was kind to the [bees|hay|fishermen] and hard on [everybody else|the old|anyone with a roof to mend].",
    "The first week of {m} brought [a pedlar|fog|two christenings], and the second [nothing at all|more of the same].",
    "By {m} the talk had turned to [prices|the roads|the new curate], and stayed there.",
    "So {m} came round, and the [shutters|hives|boats] had to be seen to.",
    "It is said that in {m} even [the dogs|magistrates] are idle. // Those who say so have never kept [sheep|an inn].",
    "With {m} the mornings changed, and one could [smell the sea|hear the mill] from the church hill.",
    "{m} began on a washing day, which some held to be unlucky.",
    "~Of {m}, the parish book says only that it was entered upon and left.",
    "~Let {m} be remembered for its [moths|thunder], if for nothing else.",
];

/// Scenery that may stand before a scene.
pub const BEFORE: &[&str] = &[
    "The rain had stopped [before noon|in the night].",
    "It was washing day, and the lanes smelt of lye.",
    "A cart had lost its wheel by the [pump|bridge], and the road was blocked.",
    "The [rooks|starlings] were loud that [morning|evening].",
    "There had been [a frost|thunder] in the night.",
    "Smoke hung low over the [gardens|roofs].",
    "It was the hour when the [cows come in|lamps are lit|bread is turned out].",
    "The church clock had stopped again, so nobody can say at what hour it was.",
    "A [fiddler|knife-grinder] had come through the day before and left his tunes behind.",
    "Somebody was beating a carpet, and the sound went all over the village.",
    "The blackthorn was [in flower|over], and the wind had dropped.",
    "There was a smell of [apples|tar|wet wool] about the place.",
    "The road was white with dust.",
    "On such a day one could see as far as the sea, or thought so.",
    "Two nuns went by on one mule, and were stared at.",
    "The geese had got into the [churchyard|barley] and were being talked to.",
    "It was market day, and the stalls stood in [the wet|two rows].",
    "All that week the [wind came off the moor|sky was like the inside of a shell].",
    "The schoolchildren had been let out early [for the heat|because of the stove].",
    "A red moon stood over the [quarry|water-meadows].",
    "The evening was so still that one could hear oars.",
    "Bees were swarming in the [lime trees|belfry].",
    "~The almanac promised hail, and for once there was hail.",
    "~Woodsmoke and quince: that was how the season smelt.",
];

/// What may follow a scene.
pub const AFTER: &[&str] = &[
    "Nobody [spoke|thought] much of it at the time.",
    "The dogs went on barking until [dark|supper].",
    "Then everyone went home to eat.",
    "A child was sent for beer.",
    "It was talked over at the [forge|well] and then forgotten.",
    "The rain began again soon after.",
    "There was a [good|cold] supper, and early bed.",
    "Someone laughed in the next room.",
    "The clock struck, and struck wrong.",
    "Outside, a horse was being walked up and down.",
    "The curate wrote to his sister about it, and tore up the letter.",
    "After that the talk was of [turnips|the price of candles].",
    "The candle was pinched out, and that was all for that day.",
    "An old woman said that she had known as much, but she always said so.",
    "The wind got up towards [morning|midnight].",
    "It was remembered mostly for the [mud|heat].",
    "For a while no one knew where to look.",
    "The cat had the last of the milk.",
    "There the matter rested, as far as that day went.",
    "In the lane somebody was whistling the same three notes.",
    "~A moth had got into the lamp.",
    "~And the weir went on roaring as it always had.",
];

/// Scenes of daily life, in which nothing happens that a claim could be about.
pub const DAILY: &[&str] = &[
    "{A} mended a hurdle in the [top|long] field and talked to {a himself} about the price of [barley|wool]. // The \
     wind was in the north. // By evening there was ice on the trough.",
    "There was soup at {A}'s that night, and bread, and [nothing else|the end of a cheese]. // {B} came in for the \
     warmth and stayed for the soup. // They spoke of people who were dead.",
    "{A} and {B} met on the bridge and stood a while looking down. // A trout hung in the current without moving. // \
     \"It is the same one,\" said {a}. // {b} thought that it was another, but did not say so.",
    "The carrier brought a parcel for {A}, and it turned out to be meant for someone else. // {a he} carried it back \
     through the [rain|dust]. // \"I should have liked it to be mine,\" {a he} said to {B}.",
    "{A} could not sleep. // {a he} counted the beams, then the knots in the beams, and at last got up and \
     [blacked the stove|sorted buttons]. // When it grew light, {a he} slept.",
    "A hen of {A}'s had taken to laying in the [pulpit|font]. // The sexton complained. // {B} offered to wring its \
     neck, and was not thanked for it.",
    "{B} taught {A} to [plait straw|set a night-line|splice rope], which is harder than it looks. // By dusk {a he} \
     had the trick of it, and sore fingers.",
    "All afternoon {A} sat under the [walnut|mulberry] with a book and did not turn the page. // Wasps came to the \
     windfalls. // {B} passed twice and lifted a hand.",
    "\"You have grown thin,\" said {A}. // \"It is the light,\" said {B}. // They walked on to the stile, and there \
     they parted, for {a his} way was uphill.",
    "The chimney at {A}'s caught, and burnt itself out with a roar. // Neighbours stood in the road with buckets and \
     were a little sorry to go home so soon.",
    "{A} had a tooth drawn by the blacksmith. // {B} held {a his} head. // It was the wrong tooth, but the other \
     stopped aching out of fright.",
    "There was skating on the flooded meadow. // {A} fell, and {B} fell over {a him}, and neither could rise for \
     laughing. // Somebody had brought hot [chestnuts|ale].",
    "{A} kept bees after {a his} own fashion, without a veil and without a word. // {B} watched from behind the \
     water-butt. // \"They know a coward,\" said {a}.",
    "For three days {A} hunted a smell through the house. // It was found at last behind the settle, where {B}'s \
     ferret had left a rat. // The window stood open for a week.",
    "A strange dog followed {A} home from {l} and would not be driven off. // {a he} named it Friday, because of the \
     day. // It slept on {a his} feet.",
    "{A} quarrelled with {B} about the [height of a wall|age of a horse], and for a Sunday or two they sat on \
     different sides of the aisle. // Then it was harvest, and there was no time for it.",
    "The pedlar from {l} unrolled his ribbons on {A}'s table. // {a he} bought a yard of green, to be rid of him, and \
     found afterwards that {a he} liked it.",
    "{A} was asked to judge the marrows. // {a he} gave the prize to the smallest, and would not explain. // {B} \
     laughed about it all the way home.",
    "On the hill above {l} the shepherds had lit a fire. // {A} watched it from the window until it was a red dot. // \
     {a he} thought of nothing in particular.",
    "{B} read aloud from the newspaper, which was nine weeks old. // A war had ended, it said, or was about to. // \
     {A} asked what had become of the price of hops.",
    "{A} tried the new plough and did not like it. // It went too deep, {a he} said, and brought up things that should \
     stay below. // {B} leaned on the gate and agreed with {a him} for the sake of peace.",
    "A christening had to be put off because the water in the font was frozen. // {A} fetched a kettle. // The child, \
     being warm, slept through it.",
    "{A} lent {B} a ladder, and {B} lent it on. // In the end it was found at {l}, against a wall, with a cat at the \
     top of it.",
    "There was a play in the barn, about a king and his three daughters. // {A} forgot what came next, and {B} \
     whispered so loudly that the whole barn had it before {a him}.",
    "{A} found a [glove|horseshoe] on the moor and hung it on a thorn for whoever had dropped it. // It hung there \
     until spring.",
    "It was {A}'s turn to sit with the sick. // {a he} brought knitting and a pack of cards, and lost fourpence to a \
     man of ninety.",
    "The new curate preached for an hour and ten minutes. // {A} woke when {B} dropped a hymn-book. // Opinions were \
     divided about the middle part.",
    "{A} pickled walnuts. // {a his} hands were black for a fortnight, and {B} would not shake them.",
    "At {l} a man was showing a bear. // {A} paid a penny and thought it looked like {B}'s uncle. // {b} was not \
     offended, having thought so too.",
    "{A} dreamed of a staircase that went down into the sea. // {a he} told it to {B} over the wall. // \"You ate \
     cheese,\" said {b}, and that was the reading of it.",
    "The well-rope broke, and {A} went down after the bucket. // It was cold down there and smelt of pennies. // \"I \
     could see a star,\" {a he} told {B}.",
    "{A} and {B} sorted potatoes from noon until they could not see. // They hardly spoke. // It was, {a he} said \
     later, a very good afternoon.",
    "{B} wanted to borrow money, and talked of the weather. // {A} had none to lend, and talked of the weather too.",
    "Gipsies camped below {l} for two nights. // {A} had {a his} fortune told, and came home thoughtful and short of \
     a shilling.",
    "The ice went out of the river with a noise like guns. // {A} stood on the bank with half the village. // A \
     drowned gate went by, and then a chair.",
    "{A} had a letter from {l} and read it standing up, then sitting down, then at the window. // {a he} put it in \
     the clock. // {B} knew better than to ask.",
    "Moles had got into the bowling green. // {A} was for traps and {B} for patience. // The moles went of their own \
     accord when the ground dried.",
    "{A} cut {B}'s hair on the back step, round a pudding basin. // The starlings had some of it for their nests.",
    "A cow of {A}'s calved in the night, and there were two. // {B} held the lantern. // By morning they were both up \
     on legs like trestles.",
    "On Sunday {A} walked out to {l} to see the [orchards|shipping]. // {a he} ate an egg on a wall and came home the \
     other way.",
    "The tailor had cut {A}'s coat too long. // \"You may grow,\" said {B}. // At forty that is not likely, but {a he} \
     wore it so, and it kept {a his} knees dry.",
    "{A} planed boards all day. // The shavings lay about {a him} like a litter of pigs, and {B}'s children carried \
     them off by the armful.",
    "There was a dispute at the [well|pump] as to whose turn it was. // {A} settled it by drawing for everyone. // \
     {a he} could hardly lift a spoon that night.",
    "{A} had always meant to see {l}, and spoke of it so often that {B} began to believe {a he} had been there.",
    "The great sow got out. // She was seen in three parishes on one afternoon. // {A} brought her home with an apple, \
     walking backwards.",
    "~{A} set out mousetraps in the vestry, and caught {B}'s sleeve. // The mice were let off with a warning.",
    "~A balloon was seen over {l}, or so {A} maintained. // {B} held that it had been the moon, seen through ale.",
    "~Under the stairs {A} came upon a box of children's shoes, none of them a pair. // {a he} shut it again.",
];

/// Rumours, wishes, dreams, jokes and lies: they name a person and the thing of a story and settle nothing.
pub const RUMOURS: &[&str] = &[
    "At the pump they said that {P} would have {o} [sooner or later|by rights]. // Nobody knew who had said it first.",
    "\"I should like to see {o} in {P}'s hands,\" said {B}, who [liked|was fond of] saying such things.",
    "{B}, who lied for the pleasure of it, swore that {P} had [thrown {o} into the sea|sold {o} to a Dutchman]. // \
     It was good for a laugh, and nobody believed a word.",
    "{P} dreamed that {o} lay at the bottom of a stair and could not be reached. // {p he} told the dream to {B}, who \
     had a worse one.",
    "{B} kept another {o bare}, a poor copy of the one that is spoken of here. // {b he} had it from a fair.",
    "Somebody had chalked on the barn that {P} [stole|hid|pawned] {o}. // It was the same hand that had chalked worse \
     things, and the rain took it off.",
    "\"If I were {P},\" said {B}, \"I would never let {o} go out of the house.\" // But {b} was not {P}, and had no \
     house.",
    "{B} made up a song in which {P} and {o} went to sea together. // The children sang it for a week.",
    "It was supposed at the inn that {o} must be worth [ten|twenty] pounds, and that {P} knew it. // The inn supposed a \
     great many things.",
    "{B} wrote in a letter that {o} had surely been {P}'s all along. // The letter went to somebody who had never \
     heard of either.",
    "{P} was asked about {o} by {B}, and answered by asking the time.",
    "Two boys had a fight over whether {P} would ever part with {o}. // One of them lost a tooth by it.",
    "~Wagers were offered in the taproom on {P} and {o}, at odds that changed with the ale.",
    "~{B} saw {o} in the tea-leaves, and {P} next to it, and a fish.",
];

/// The same where a story is about no thing.
pub const GOSSIP: &[&str] = &[
    "There was talk about {P} at the [mill|forge], as there always was, and {B} put in a word. // None of it was worth \
     the breath.",
    "\"{P} means to go to {l} and live there,\" said {B}. // {b he} said the same of everybody in turn.",
    "{B} had it from a cousin that {P} was once seen at {l} with a stranger. // The cousin had been wrong about the \
     last three strangers.",
    "{P} thought for some days of giving up and going to {l}. // Nothing was packed, and nothing came of the thought.",
    "In a story that {B} told, somebody very like {P} stopped a runaway wagon. // It was a story about long ago, and \
     {b} told it of someone else the next time.",
    "{B} laid it down as certain that {P} would be bridge-master one day, or hanged.",
    "\"What would you say,\" {B} asked the company, \"if {P} had done it after all?\" // The company said that it was \
     late.",
    "{P}'s grandfather had once broken the ice on the ponds at {l}, and people of that age still spoke of it.",
    "{P} was taken for somebody else by a drover from {l}, who wanted money of {p him}. // It was cleared up.",
    "The children played at being {P} before the court, and {B}'s youngest was the judge. // Everyone was sentenced to \
     eat a turnip.",
    "{B} owed {P} an answer and put it off until it was no longer wanted.",
    "~A stranger asked at {l} for {P} and was sent round by every wrong road there was.",
];

/// What somebody was about, as the first sentence of a scene put together from these four pools.
pub const DOINGS: &[&str] = &[
    "{A} was [mending|tarring|scraping] a [boat|bucket|gate] [behind the house|by the water|in the last of the sun].",
    "{A} sat on the [wall|step|upturned cart] with a [knife|pipe|bowl of peas] and no [hurry|company].",
    "{A} had come to {B}'s for the loan of [a rake|some yeast|a bushel measure].",
    "{A} and {B} were [stacking|splitting|counting] [logs|slates|sacks] in the [yard|lean-to].",
    "{B} found {A} in the [dairy|stable|vestry], [talking to nobody|up to the elbows in flour|fast asleep].",
    "All that [morning|forenoon|week] {A} [dug|sawed|stitched], and [said little|sang through {a his} teeth].",
    "{A} came back from [market|chapel|the fields] with [wet feet|a basket of eggs|nothing to show for it].",
    "It was {A}'s custom to walk [round the pond|as far as the lime-kiln|to the last house] before supper.",
    "{A} had the [ladder|wheelbarrow|mangle] out, and {B} stood by to be of help.",
    "{B} brought {A} a [pot of honey|hare|jar of plums] and stayed to see it [opened|hung|tasted].",
    "{A} was trying to teach a [jackdaw|nephew|puppy] its manners.",
    "Half the [row|parish|choir] was in {A}'s kitchen, and {B} had the chair by the fire.",
    "{A} had [a cold|a stiff neck|new spectacles] and [would see no one|saw everyone|spoke of it].",
    "{B} and {A} took the same [path|bench|side of the road] that [evening|Sunday], for once.",
    "There was [a ram to be sheared|a pig to be salted|a clock to be wound], and {A} saw to it.",
    "{A} stood at the [ford|crossroads|lych-gate] as if waiting, though [nobody was due|the coach had gone].",
    "{A} had borrowed a [donkey|ladder|greatcoat] and did not know how to give it back.",
    "{A} was up before the [birds|sexton|fires] and had the [yard|road|kitchen] to {a himself}.",
    "{A} wrote [a letter|a list|{a his} name] on the [slate|back of a hymn-sheet|dusty sill], and rubbed it out.",
    "The [drain|gutter|sluice] was blocked again, and {A} lay on {a his} stomach with an arm in it.",
    "{B} was showing {A} how the [winch|new pump|clock] went, or ought to go.",
    "{A} weighed [wool|candles|a cheese] twice over, with {B}'s thumb nowhere near the scale.",
    "There was a [sale of work|wake|vestry meeting] that night, and {A} had to [carry the benches|find the key|speak].",
    "{A} hung [onions|washing|a scythe] [on the nail|under the eaves|where {a he} had been told not to].",
    "{A} and {B} were the last two at the [pump|inn|quay].",
    "{A} planted [beans|a quince|cabbages] by the [moon|book|thumb], as {a he} did every year.",
    "~{A} was grinding colours on a slab for [the new inn-sign|a neighbour's coffin].",
    "~{B} had talked {A} into a game of [shuttlecock|spillikins] on the lawn.",
];

/// What was said, or not said.
pub const SAYINGS: &[&str] = &[
    "\"It will [rain|clear|freeze] before [night|Sunday],\" said {a}, [and it did not|looking at nothing|to be civil].",
    "\"My mother would have [laughed|wept|boxed my ears],\" said {b}, and [meant it kindly|left it at that].",
    "\"How is the [leg|mare|chimney]?\" asked {b}, and was told at length.",
    "They spoke of [hops|the new road|old schoolfellows], and then of [eels|the curate|nothing].",
    "\"[Salt|Vinegar|Patience],\" {b} advised, as {b he} advised in all things.",
    "{b he} wanted to know whether it was true about the [miller's teeth|two-headed calf|squire's wig]. // {a he} \
     [hoped so|thought not].",
    "\"I have [lost my thimble|found a sixpence|forgotten the hymn],\" said {a}. // \"[Again|At your age|So have I],\" \
     said {b}.",
    "\"[Mind the step|Shut the door|Sit],\" said {a}, by way of greeting.",
    "{b he} began a story about a [horse|bishop|flood] and lost [the thread|heart|the horse] halfway.",
    "\"They say the [winter|harvest|new vicar] will be [hard|late|thin],\" said {b}. // They had always said so.",
    "{a he} counted [on {a his} fingers|under {a his} breath] and came out one [short|over], and {b} said \
     that it would do.",
    "{b} [hummed|whistled|clicked {b his} tongue], which meant that {b he} did not agree.",
    "Neither of them [mentioned|cared to mention] the [pig|letter|Christmas before].",
    "\"You never [listen|change|sit down],\" said {b}. // \"I [do|have|will],\" said {a}, \"[at \
     times|when it suits|by and by].\"",
    "\"What is the [day|time|saint's day]?\" {a} wanted to know, and {b} had to think.",
    "{a he} asked {b} whether [owls dream|the moon has weather|a goat can be trusted], and got an honest answer.",
    "\"There are [worse|better] places than this,\" said {a}. // \"[Name one|Not many|I have seen them],\" said {b}.",
    "{b he} told {a him} a tale of a [drowned church|talking hare|bride under a stone], and told it badly.",
    "\"I had it from my [aunt|godfather|barber],\" said {b}, which was how {b he} began [most things|every lie].",
    "Words were few; [the work was not|the bread was good|both of them were tired].",
    "\"Hand me the [twine|awl|other one],\" said {a}, not looking up.",
    "~\"One grows old like a [bridge|glove],\" said {b}, \"in [the middle|the fingers] first.\"",
    "~A proverb was quoted, and then its opposite.",
];

/// What there was to notice.
pub const NOTICES: &[&str] = &[
    "A [wren|robin|cat] was watching from the [gutter|woodpile|sill].",
    "The light came in [yellow|sideways|thinly] through the [vine|dust|one good pane].",
    "Far off, somebody was [chopping|calling cows|ringing for service].",
    "The [kettle|pump|door] made the noise it always made.",
    "There was [sawdust|flour|ash] on everything.",
    "A [cloud|hawk|leaf] went over and took its shadow with it.",
    "The stove smelt of [apple-wood|turf|boots].",
    "One could see the [tower|salt-pans|beeches] from there, if one stood on something.",
    "On the shelf the [plates|jars|almanacs] stood in order of size.",
    "A [cart|drum|stream] could be heard, and then not.",
    "The [nettles|hollyhocks|beans] had grown as high as the sill.",
    "Somebody's [shirt|grandfather|goose] had been left out in the [sun|drizzle].",
    "It was [warm|close|chilly] for the time of year.",
    "In the [rafters|hedge|thatch] the sparrows were settling a quarrel.",
    "Swallows sat on the [ridge|rope|rail] like [notes|beads|clerks].",
    "The [floor|table|bench] had been scrubbed that morning and smelt of [sand|lemon|rain].",
    "Somewhere a [child|calf|hinge] complained.",
    "A [wagon|funeral|drove of pigs] went by at the end of the lane.",
    "There were [gnats|seeds|sparks] in the air.",
    "The [ivy|ladder|rain-butt] threw a [long|crooked] shadow.",
    "The [bread|varnish|ground] was not yet dry.",
    "On the [moor|estuary|far bank] a fire was burning, [small as a pin|with much smoke].",
    "One of the [panes|chairs|cups] was cracked, and had been for years.",
    "It smelt of [mice|snow|the tide].",
    "~There was a [snail|dead bee] on the sundial, at about four.",
];

/// How such a scene ends.
pub const CLOSES: &[&str] = &[
    "By [dusk|noon|tea-time] it was [done|given up|forgotten].",
    "{A} [yawned|shrugged|smiled], and that was the end of it.",
    "{B} went home by the [fields|back lane|churchyard].",
    "They parted [friends|without ceremony|at the turning].",
    "[Later|Afterwards] {a he} could not have said what the day had been for.",
    "The [rest|remainder] of the [day|evening] was like [the one before|any other|a long yawn].",
    "{A} slept [well|badly|in the chair] that night.",
    "It was not a day to be put in a book, and yet here it is.",
    "{b he} took the [bones|peelings|news] for {b his} [dog|hens|old mother].",
    "[Nothing|Little] else was done that day, and nothing else was wanted.",
    "Then the lamp was [lit|turned down|carried out], and they saw how late it was.",
    "There was [a crust|cold bacon|an apple] left over, and they halved it.",
    "The [sun|fog|smoke] came in at the door and stayed.",
    "{A} [latched the gate|banked the fire|took off {a his} boots], and the [house|lane|yard] was quiet.",
    "{B} promised to come again, as people do.",
    "And so to [bed|supper|church].",
    "What else was said has not been kept.",
    "~The swifts screamed round the gable until one could not see them.",
];

/// How the second person comes in where the first sentence names one only.
pub const ARRIVALS: &[&str] = &[
    "{B} [came by|looked in|stopped], [out of breath|with a dog|in no hurry|on the way home].",
    "It was not long before {B} [leaned over the gate|knocked|came round the corner].",
    "{B} was [there too|not far off|sitting by], [shelling peas|with nothing to do|in a good temper].",
    "Then {B} turned up, [as always|wanting tea|in new boots|for no reason].",
    "{B} had [seen {a him} from the road|smelt the kettle|been sent for], and came over.",
    "~Presently there was {B}, [under an umbrella|eating a pear].",
];
