//! Names of the labels that the evaluation reads, and their values. All other labels are the tasks' and arms' own.

/// Which side was argued before the judge: [`RIGHT`], [`WRONG`] or [`BOTH`]; on rows of trees with arguments.
pub const ARGUED: &str = "argued";
/// Of results on arguments, the side that was argued: [`RIGHT`] or [`WRONG`].
pub const SIDE: &str = "side";
/// Of [`ARGUED`]: the right candidate alone. Of [`SIDE`]: for it, or against a wrong one.
pub const RIGHT: &str = "right";
/// Of [`ARGUED`]: a wrong candidate alone. Of [`SIDE`]: for one, or against the right one.
pub const WRONG: &str = "wrong";
/// Of [`ARGUED`]: both sides. Of [`OPENS`]: both at once.
pub const BOTH: &str = "both";

/// Who argued for the right candidate: the name of a player, for ratings.
pub const DEBATER_TRUE: &str = "debater_true";
/// Who argued for the wrong candidate: the name of a player, for ratings.
pub const DEBATER_FALSE: &str = "debater_false";
/// Who spoke first: [`TRUE`] for the one who argued for the right candidate, [`FALSE`] for the other, or [`BOTH`].
pub const OPENS: &str = "opens";

/// Whether a claim that was judged at a node of its own is true: [`TRUE`] or [`FALSE`].
pub const HOLDS: &str = "holds";
/// Of [`OPENS`] and [`HOLDS`].
pub const TRUE: &str = "true";
/// Of [`OPENS`] and [`HOLDS`].
pub const FALSE: &str = "false";
