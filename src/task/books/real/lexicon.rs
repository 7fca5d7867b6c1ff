//! Small closed word lists of English that the rules for claims stand on.

/// Irregular verbs: base, past.
pub const IRREGULAR: &[(&str, &str)] = &[
    ("arise", "arose"), ("awake", "awoke"), ("bear", "bore"), ("beat", "beat"), ("become", "became"),
    ("begin", "began"), ("bend", "bent"), ("bind", "bound"), ("bite", "bit"), ("bleed", "bled"), ("blow", "blew"),
    ("break", "broke"), ("breed", "bred"), ("bring", "brought"), ("build", "built"), ("burn", "burnt"),
    ("burst", "burst"), ("buy", "bought"), ("cast", "cast"), ("catch", "caught"), ("choose", "chose"),
    ("cling", "clung"), ("come", "came"), ("creep", "crept"), ("cut", "cut"), ("deal", "dealt"), ("dig", "dug"),
    ("draw", "drew"), ("dream", "dreamt"), ("drink", "drank"), ("drive", "drove"), ("dwell", "dwelt"),
    ("eat", "ate"), ("fall", "fell"), ("feed", "fed"), ("feel", "felt"), ("fight", "fought"), ("find", "found"),
    ("flee", "fled"), ("fling", "flung"), ("fly", "flew"), ("forbid", "forbade"), ("forget", "forgot"),
    ("forgive", "forgave"), ("forsake", "forsook"), ("freeze", "froze"), ("get", "got"), ("give", "gave"),
    ("go", "went"), ("grind", "ground"), ("grow", "grew"), ("hang", "hung"), ("hear", "heard"), ("hide", "hid"),
    ("hit", "hit"), ("hold", "held"), ("hurt", "hurt"), ("keep", "kept"), ("kneel", "knelt"), ("know", "knew"),
    ("lay", "laid"), ("lead", "led"), ("lean", "leant"), ("leap", "leapt"), ("learn", "learnt"), ("leave", "left"),
    ("lend", "lent"), ("let", "let"), ("lie", "lay"), ("light", "lit"), ("lose", "lost"), ("make", "made"),
    ("mean", "meant"), ("meet", "met"), ("overcome", "overcame"), ("overhear", "overheard"),
    ("overtake", "overtook"), ("pay", "paid"), ("perceive", "perceived"), ("put", "put"), ("read", "read"),
    ("ride", "rode"), ("ring", "rang"), ("rise", "rose"), ("run", "ran"), ("say", "said"), ("see", "saw"),
    ("seek", "sought"), ("sell", "sold"), ("send", "sent"), ("set", "set"), ("shake", "shook"), ("shed", "shed"),
    ("shine", "shone"), ("shoot", "shot"), ("show", "showed"), ("shrink", "shrank"), ("shut", "shut"),
    ("sing", "sang"), ("sink", "sank"), ("sit", "sat"), ("sleep", "slept"), ("slide", "slid"), ("slip", "slipped"),
    ("speak", "spoke"), ("spend", "spent"), ("spill", "spilt"), ("spin", "spun"), ("spread", "spread"),
    ("spring", "sprang"), ("stand", "stood"), ("steal", "stole"), ("stick", "stuck"), ("stoop", "stooped"),
    ("stride", "strode"), ("strike", "struck"), ("strive", "strove"), ("swear", "swore"), ("sweep", "swept"),
    ("swim", "swam"), ("swing", "swung"), ("take", "took"), ("teach", "taught"), ("tear", "tore"), ("tell", "told"),
    ("think", "thought"), ("throw", "threw"), ("thrust", "thrust"), ("tread", "trod"), ("undergo", "underwent"),
    ("understand", "understood"), ("undertake", "undertook"), ("wake", "woke"), ("wear", "wore"), ("weep", "wept"),
    ("win", "won"), ("wind", "wound"), ("withdraw", "withdrew"), ("write", "wrote"),
];

/// Past participles of irregular verbs that differ from the past: after "had" they show an auxiliary.
pub const PARTICIPLES: &[&str] = &[
    "been", "become", "begun", "bitten", "blown", "borne", "broken", "chosen", "come", "done", "drawn", "driven",
    "drunk", "eaten", "fallen", "flown", "forgotten", "forgiven", "frozen", "given", "gone", "grown", "hidden", "known",
    "lain", "ridden", "risen", "run", "rung", "seen", "shaken", "shown", "shrunk", "sung", "sunk", "spoken", "sprung",
    "stolen", "sworn", "taken", "thrown", "torn", "worn", "woven", "written", "had", "undergone", "undertaken",
];

/// Words that end in -ed and are no verbs.
pub const NOT_PAST: &[&str] = &[
    "indeed", "hundred", "need", "seed", "speed", "weed", "deed", "breed", "feed", "creed", "greed", "sacred", "wicked",
    "naked", "rugged", "ragged", "wretched", "beloved", "kindred", "hatred", "aged", "crooked", "learned", "exceed",
    "proceed", "succeed", "bleed", "shed", "red", "bed", "sled", "steed", "reed", "unexpected",
];

/// Verbs of speech: their claims say little without the words.
pub const SPEECH: &[&str] = &[
    "said", "cried", "replied", "answered", "added", "exclaimed", "remarked", "asked", "continued", "observed",
    "returned", "whispered", "shouted", "muttered", "repeated", "began", "went", "thought", "roared", "murmured",
    "inquired", "enquired", "called", "resumed", "interrupted", "rejoined", "ejaculated", "growled", "explained",
];

/// Openings that may be dropped with all up to their comma.
pub const OPENERS: &[&str] = &[
    "when", "as", "after", "before", "while", "whilst", "on", "upon", "in", "at", "by", "with", "from", "during",
    "for", "since", "until", "till", "once", "then", "thereupon", "meanwhile", "meantime", "presently", "finally",
    "afterwards", "soon", "here", "there", "having", "being", "though", "although", "because", "towards", "toward",
    "about", "under", "over", "through", "within", "without", "next", "later", "now", "again", "of", "to", "two",
    "three", "some", "all", "one", "that", "this", "last", "early", "late", "half", "still", "accordingly", "besides",
    "however", "therefore", "consequently", "hereupon", "whereupon", "instantly", "yesterday", "so",
];

/// Conjunctions and adverbs that may be dropped before a subject.
pub const LINKS: &[&str] = &[
    "but", "and", "so", "yet", "for", "then", "now", "thus", "still", "meanwhile", "here", "again", "presently",
    "also", "too", "suddenly", "however", "nevertheless", "accordingly", "finally", "soon", "therefore", "thereupon",
];

/// Adverbs that may stand between a subject and its verb and are dropped or kept without harm.
pub const ADVERBS: &[&str] = &[
    "then", "now", "soon", "also", "again", "still", "once", "thus", "presently", "just", "instantly",
    "afterwards", "always", "never", "often", "sometimes", "now", "himself", "herself", "both", "all", "long", "too",
];

/// Words that make a statement hedged or compared in a way that cannot be cut.
pub const HEDGES: &[&str] = &[
    "hardly", "scarcely", "scarce", "only", "almost", "nearly", "perhaps", "probably", "possibly", "nor", "neither",
    "either", "unless", "if", "whether", "otherwise", "merely", "barely", "too", "so", "such", "than", "sooner",
    "wherever", "whenever", "whatever", "whoever",
];

/// Words under which a statement cannot be turned around by "not".
pub const NEGATIVE: &[&str] = &[
    "no", "nothing", "nobody", "none", "seldom", "rarely", "rather", "any", "ever", "yet", "but", "until", "till",
    "except", "without", "anything", "anybody", "much", "more", "further", "longer", "cannot", "nowhere", "little", "few",
];

/// Words that refer outside their claim.
pub const DANGLING: &[&str] = &[
    "it", "its", "they", "them", "their", "theirs", "themselves", "this", "these", "those", "there", "here", "thus",
    "one", "ones", "other", "others", "another", "former", "latter", "we", "us", "our", "ours", "ourselves", "myself",
    "mine", "you", "your", "yours", "him", "itself", "same", "thee", "thou", "thy", "thereby", "therein", "thence",
    "hence", "above", "aforesaid", "else", "likewise", "latter", "who", "whom", "which", "what", "whose", "why", "how",
    "none", "say", "says", "saying", "would", "should", "might", "must", "may", "shall", "will", "can", "ought",
];

/// Words a claim cannot end with.
pub const UNFINISHED: &[&str] = &[
    "a", "an", "the", "and", "or", "but", "of", "to", "in", "at", "on", "by", "with", "from", "for", "as", "than", "that",
    "into", "upon", "his", "her", "my", "was", "were", "had", "did", "could", "not", "very", "so", "such", "when",
    "while", "because", "said", "told", "asked", "be", "been", "being", "is", "are", "has", "have", "more", "most",
    "some", "any", "every", "each", "like", "even", "only", "just", "never", "always", "quite", "therefore", "however",
    "between", "among", "against", "towards", "toward", "under", "both", "all", "seemed", "appeared", "became",
    "made", "found", "took", "gave", "put", "let", "kept", "wished", "seeing", "having", "saying", "after", "before",
    "ever", "yet", "still", "too", "out", "do", "know", "see", "say", "added", "though", "until", "till", "whom", "nor",
    "mr.", "mrs.", "dr.", "st.", "without", "during", "within", "beside", "about", "over", "through", "near",
    "replied", "answered", "s", "indeed", "thought", "felt", "knew", "saw", "heard", "perceived", "fancied", "make", "find", "related", "really", "particularly", "especially", "exactly", "simply", "certainly",
    "equally", "perfectly", "extremely", "fairly", "entirely", "purely", "evidently", "apparently",
];

/// Words that begin a tail which may be left off.
pub const TAILS: &[&str] = &[
    "which", "who", "whom", "whose", "while", "whilst", "because", "though", "although", "until", "till", "when",
    "where", "before", "after", "since", "lest", "unless", "if", "whereupon",
];

/// Words that open something new after a comma, so that the statement may end before it.
pub const CLAUSE_OPENERS: &[&str] = &[
    "and", "but", "or", "nor", "for", "so", "yet", "with", "in", "at", "on", "upon", "by", "from", "to", "of", "without",
    "as", "into", "like", "a", "an", "the", "his", "her", "my", "its", "their", "i", "he", "she", "it", "they", "we",
    "there", "indeed", "till", "amidst", "amid", "under", "over", "through", "not", "than", "that", "what", "how", "all",
    "every", "each", "some", "no", "never", "perhaps", "thanks", "if", "even", "just", "both", "one", "because", "despite",
];

/// Words after "her" that show it to be somebody, not an owner.
pub const DEGREES: &[&str] = &[
    "rather", "quite", "very", "more", "most", "much", "again", "away", "back", "home", "once", "first", "still", "often",
    "several", "almost", "only", "some", "a", "an", "the", "not", "everything", "nothing", "something", "together",
    "downstairs", "upstairs", "across", "along", "aside", "forward", "twice", "even", "just", "too", "enough", "what",
];

/// Nouns of time, beside which "before" and "after" tell a date.
pub const TIME_NOUNS: &[&str] = &[
    "night", "day", "morning", "evening", "afternoon", "week", "weeks", "month", "months", "year", "years", "days",
    "hours", "minutes", "moment", "hour", "long", "soon", "shortly", "time", "times", "ever", "never", "just",
];

/// Verbs that show a name beside them to be a person's.
pub const SPEAKS: &[&str] = &[
    "said", "cried", "replied", "answered", "asked", "exclaimed", "remarked", "whispered", "shouted", "muttered", "added",
    "observed", "roared", "inquired", "enquired", "laughed", "smiled", "nodded",
];

/// Nouns that name a person when "the" stands before them.
pub const ROLES: &[&str] = &[
    "captain", "doctor", "squire", "lawyer", "butler", "coachman", "inspector", "king", "queen", "prince", "princess",
    "colonel", "sergeant", "lieutenant", "magistrate", "professor", "clergyman", "priest", "sailor", "baronet",
    "housekeeper", "psychologist", "mayor", "editor", "journalist", "coxswain", "boatswain", "supervisor", "banker",
    "naturalist", "landlord", "duke", "duchess", "countess", "count", "baron", "surgeon", "nurse", "governess", "father", "mother",
    "uncle", "aunt", "sister", "brother", "wife", "husband", "companion", "friend", "cousin", "host",
];

/// Roles that belong to somebody: "my father" is the narrator's.
pub const KIN: &[&str] = &[
    "father", "mother", "uncle", "aunt", "sister", "brother", "wife", "husband", "companion", "friend", "cousin", "host",
];

/// Words of time, each set one scale: any two of a set exclude one another. With the words that must stand before one,
/// empty where anything may.
pub const TIMES: &[(&[&str], &[&str])] = &[
    (&["morning", "evening", "night", "afternoon"], &["the", "next", "following", "a", "every", "late", "early"]),
    (&["midnight", "noon", "dawn", "sunset", "night"], &["at"]),
    (&["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], &[]),
    (&["january", "february", "april", "june", "july", "august", "september", "october", "november", "december"], &[]),
    (&["summer", "winter", "autumn"], &[]),
    (&["minutes", "hours", "days", "weeks", "months", "years"], &[]),
    (&["minute", "hour", "day", "week", "month", "year"], &["a", "an", "next", "last", "half", "whole"]),
    (&["second", "third", "fourth", "fifth"], &["the"]),
];

/// Pasts that exclude one another.
pub const OPPOSITE_PASTS: &[(&str, &str)] = &[
    ("opened", "closed"), ("accepted", "refused"), ("remembered", "forgot"), ("loved", "hated"), ("bought", "sold"),
    ("pushed", "pulled"), ("laughed", "wept"), ("entered", "left"), ("agreed", "refused"), ("arrived", "departed"),
    ("raised", "lowered"), ("praised", "scolded"), ("followed", "avoided"), ("hastened", "delayed"),
];

/// States that exclude one another after "was".
pub const OPPOSITE_STATES: &[(&str, &str)] = &[
    ("alive", "dead"), ("rich", "poor"), ("young", "old"), ("tall", "short"), ("happy", "miserable"), ("strong", "weak"),
    ("pleased", "displeased"), ("delighted", "dismayed"), ("full", "empty"), ("guilty", "innocent"), ("able", "unable"),
    ("awake", "asleep"), ("satisfied", "dissatisfied"), ("willing", "unwilling"), ("certain", "doubtful"),
    ("present", "absent"), ("glad", "sorry"), ("afraid", "unafraid"), ("conscious", "unconscious"),
];

/// Manners, places and times that exclude one another anywhere.
pub const OPPOSITES: &[(&str, &str)] = &[
    ("inside", "outside"), ("upstairs", "downstairs"), ("north", "south"), ("east", "west"), ("quickly", "slowly"),
    ("loudly", "softly"), ("always", "never"), ("gladly", "reluctantly"), ("gently", "roughly"), ("early", "late"),
    ("carefully", "carelessly"), ("cheerfully", "gloomily"), ("eagerly", "reluctantly"), ("warmly", "coldly"),
];

/// Months, weekdays, peoples and other capitalised words that name nobody.
pub const NO_NAMES: &[&str] = &[
    "i", "o", "oh", "english", "french", "german", "italian", "indian", "american", "greek", "latin", "spanish", "turk",
    "turkish", "british", "scotch", "irish", "dutch", "christian", "sunday", "monday", "tuesday", "wednesday",
    "thursday", "friday", "saturday", "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december", "christmas", "easter", "michaelmas", "god", "heaven", "providence",
    "lord", "sir", "madam", "nature", "mr", "mrs", "dr", "miss", "the", "a", "an", "he", "she", "it", "they", "we", "you",
    "bible", "englishman", "chapter", "x", "north", "south", "east", "west", "england", "europe", "fate", "death",
];

/// Words without content of their own.
pub const STOPWORDS: &[&str] = &[
    "the", "a", "an", "and", "or", "but", "of", "to", "in", "at", "on", "by", "with", "from", "for", "as", "than", "that",
    "into", "upon", "his", "her", "my", "was", "were", "had", "did", "not", "very", "so", "such", "be", "been",
    "being", "is", "are", "has", "have", "he", "she", "it", "its", "they", "them", "their", "him", "me", "i", "you", "your",
    "we", "us", "our", "this", "these", "those", "there", "here", "who", "which", "what", "when", "where", "while", "all",
    "no", "some", "any", "if", "then", "now", "up", "out", "down", "do", "does", "would", "could", "should", "will",
    "narrator", "before", "after", "about", "over", "again", "more", "own", "himself", "herself", "never", "always",
    "went", "came", "made", "said", "took", "got", "one", "how", "why", "did", "most", "other", "much", "s", "t",
];
