//! Monte Carlo tree search over the pixels that two players reveal in turn (PUCT as in AlphaGo Zero, Silver et al. 2017,
//! with a flat prior and no value network).
//!
//! A rollout walks down the tree by Q + c sqrt(sum of N) / (1 + N), equal scores by lot, adds one node, reveals the rest
//! of the pixels at random, and hears the judge's verdict on all of them: a win, a loss, or level. Q is the mean for whoever
//! moves, 0 before the first visit. The move played is the one most visited, of equals the better, then by lot.
//!
//! Memory: a node takes [`NODE_BYTES`] bytes (24), a rollout adds one at most, and 8 more a rollout are a table: 256 searches
//! of 10,000 rollouts side by side take 82 MB. Children that were not visited have no node: they all score alike.
//!
//! Where one side reveals all pixels by itself (consultancy), the same search has one player: every move is its own.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::stream::Stream;

/// Bytes of a node.
pub const NODE_BYTES: usize = size_of::<Node>();

/// No node.
const NONE: u32 = u32::MAX;

/// A game as it stands: whose turn it is now is who searches.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    /// The pixels that may be revealed, by place and level.
    pub free: Vec<(u16, u8)>,
    /// Those that are revealed.
    pub made: Vec<(u16, u8)>,
    /// Pixels revealed when the game is over.
    pub length: usize,
    /// Who makes the moves.
    pub players: Players,
}

/// Who makes the moves of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Players {
    /// Whoever searches, and another who wants it to lose, in turn.
    Two,
    /// Whoever searches.
    One,
}

/// A move and what came of it.
#[derive(Clone, Copy)]
struct Node {
    visits: u32,
    /// Wins less losses of whoever made the move.
    won: i32,
    first_child: u32,
    next_sibling: u32,
    /// Which of the free pixels is revealed.
    pixel: u16,
    /// How many of the moves after it have a node.
    children: u16,
    /// The judge's verdict for the searcher, where the game is over and it was heard.
    verdict: Option<i8>,
}

/// A search for one move.
pub struct Search {
    game: Game,
    rollouts_left: u32,
    exploration: f64,
    rng: ChaCha8Rng,
    nodes: Vec<Node>,
    /// For each free pixel, the rollout that last took it.
    taken: Vec<u32>,
    rollout: u32,
    /// For each free pixel, the count of `nodes` at which it was last found to be tried: no node is added between.
    tried: Vec<u32>,
    path: Vec<u32>,
    /// The children that score best, while one is chosen.
    equals: Vec<u32>,
    /// 1 / n for every number of visits: a division for each child of each step would be most of the time.
    inverse: Vec<f64>,
    /// The position that the rollout came to.
    position: Vec<(u16, u8)>,
    /// Whether it waits for the judge.
    is_waiting: bool,
    calls: u32,
}

impl Search {
    /// A search of so many rollouts; its lots fall by `stream`. Without any, the move is any free pixel.
    pub fn new(game: Game, rollouts: u32, exploration: f64, stream: &Stream) -> Self {
        let root =
            Node { visits: 0, won: 0, first_child: NONE, next_sibling: NONE, pixel: 0, children: 0, verdict: None };
        let (taken, tried) = (vec![0; game.free.len()], vec![0; game.free.len()]);
        let mut nodes = Vec::with_capacity(rollouts as usize + 1);
        nodes.push(root);
        Self {
            game,
            rollouts_left: rollouts,
            exploration,
            rng: stream.rng(),
            nodes,
            taken,
            rollout: 0,
            tried,
            path: Vec::new(),
            equals: Vec::new(),
            inverse: std::iter::once(0.0).chain((1..=rollouts + 1).map(|n| 1.0 / f64::from(n))).collect(),
            position: Vec::new(),
            is_waiting: false,
            calls: 0,
        }
    }

    /// Goes on until a position has to be judged or the rollouts are used up.
    pub fn advance(&mut self) {
        while !self.is_waiting && self.rollouts_left > 0 {
            self.rollouts_left -= 1;
            self.descend();
            let leaf = self.path.last().map_or(0, |at| *at as usize);
            match self.nodes[leaf].verdict {
                Some(verdict) => self.back_up(verdict),
                None => self.complete(),
            }
        }
    }

    /// The position that has to be judged before the search can go on.
    pub fn wants(&self) -> Option<&[(u16, u8)]> {
        self.is_waiting.then_some(&self.position)
    }

    /// Takes up the verdict on the position wanted: 1 if the searcher wins, -1 if it loses, 0 if neither.
    pub fn take(&mut self, verdict: i8) {
        if !std::mem::take(&mut self.is_waiting) {
            return;
        }
        self.calls += 1;
        if self.game.made.len() + self.path.len() == self.game.length {
            let leaf = self.path.last().map_or(0, |at| *at as usize);
            self.nodes[leaf].verdict = Some(verdict);
        }
        self.back_up(verdict);
    }

    /// The place of the pixel to reveal, how sure the searcher is to win by it (0.5 to 1), and how often the judge was
    /// asked. None where nothing is left to reveal.
    pub fn choose(&mut self) -> Option<(u16, f32, u32)> {
        if self.game.free.is_empty() {
            return None;
        }
        let best = self.best_child();
        let (pixel, conviction) = match best {
            Some(at) => {
                let node = self.nodes[at as usize];
                (usize::from(node.pixel), 0.5 + 0.5 * node.won as f32 / node.visits.max(1) as f32)
            }
            None => (self.rng.random_range(0..self.game.free.len()), 0.5),
        };
        Some((self.game.free[pixel].0, conviction.clamp(0.5, 1.0), self.calls))
    }

    /// The child of the root that was visited most, of equals the one that won more, then by lot.
    fn best_child(&mut self) -> Option<u32> {
        let mut best: Option<(u32, (u32, i32))> = None;
        let mut equal = 0;
        let mut at = self.nodes[0].first_child;
        while at != NONE {
            let node = self.nodes[at as usize];
            let key = (node.visits, node.won);
            if best.is_none_or(|(_, other)| key > other) {
                (best, equal) = (Some((at, key)), 1);
            } else if best.is_some_and(|(_, other)| key == other) {
                equal += 1;
                if self.rng.random_range(0..equal) == 0 {
                    best = Some((at, key));
                }
            }
            at = node.next_sibling;
        }
        best.map(|(at, _)| at)
    }

    /// Walks down to a new node, or to one where the game is over.
    fn descend(&mut self) {
        self.path.clear();
        self.rollout += 1;
        let mut at = 0u32;
        while self.game.made.len() + self.path.len() < self.game.length {
            let (child, is_new) = self.step(at);
            self.taken[usize::from(self.nodes[child as usize].pixel)] = self.rollout;
            self.path.push(child);
            at = child;
            if is_new {
                return;
            }
        }
    }

    /// The child of a node to go to; whether it is new.
    fn step(&mut self, from: u32) -> (u32, bool) {
        let parent = self.nodes[from as usize];
        let tried = if from == 0 { parent.visits } else { parent.visits.saturating_sub(1) };
        let weight = self.exploration * f64::from(tried).sqrt();
        let untried = self.game.free.len() - self.path.len() - usize::from(parent.children);
        // A child that was visited scores 1 + weight / 2 at most, and one that was not scores the weight.
        let is_new = untried > 0 && (weight > 2.0 || self.prefers_new(&parent, weight, untried));
        if !is_new {
            if untried == 0 {
                self.find_best(&parent, weight);
            }
            let lot = self.rng.random_range(0..self.equals.len());
            return (self.equals[lot], false);
        }
        let pixel = self.untried(&parent, untried);
        let node = Node {
            visits: 0,
            won: 0,
            first_child: NONE,
            next_sibling: parent.first_child,
            children: 0,
            pixel: pixel as u16,
            verdict: None,
        };
        let child = self.nodes.len() as u32;
        self.nodes.push(node);
        self.nodes[from as usize].first_child = child;
        self.nodes[from as usize].children += 1;
        (child, true)
    }

    /// Whether a child that was not visited scores best, equal scores by lot.
    fn prefers_new(&mut self, parent: &Node, weight: f64, untried: usize) -> bool {
        let best = self.find_best(parent, weight);
        let equals = self.equals.len();
        weight > best || weight == best && self.rng.random_range(0..equals + untried) >= equals
    }

    /// The best score of the children that were visited; which have it is noted in `equals`.
    fn find_best(&mut self, parent: &Node, weight: f64) -> f64 {
        self.equals.clear();
        let mut best = f64::NEG_INFINITY;
        let mut at = parent.first_child;
        while at != NONE {
            let node = &self.nodes[at as usize];
            let visits = node.visits as usize;
            let score = f64::from(node.won) * self.inverse[visits] + weight * self.inverse[visits + 1];
            if score > best {
                best = score;
                self.equals.clear();
            }
            if score == best {
                self.equals.push(at);
            }
            at = node.next_sibling;
        }
        best
    }

    /// Any of the pixels that are free at a node and were not tried there.
    fn untried(&mut self, parent: &Node, count: usize) -> usize {
        let mark = self.nodes.len() as u32;
        let mut at = parent.first_child;
        while at != NONE {
            let node = &self.nodes[at as usize];
            self.tried[usize::from(node.pixel)] = mark;
            at = node.next_sibling;
        }
        let lot = self.rng.random_range(0..count);
        let is_untried = |at: &usize| self.tried[*at] != mark && self.taken[*at] != self.rollout;
        let found = (0..self.tried.len()).filter(is_untried).nth(lot);
        found.expect("as many pixels are free and untried as were counted")
    }

    /// Plays the game that the path began on at random, to a position that waits for the judge.
    fn complete(&mut self) {
        self.position.clear();
        self.position.extend(&self.game.made);
        let on_path = self.path.iter().map(|at| self.game.free[usize::from(self.nodes[*at as usize].pixel)]);
        self.position.extend(on_path);
        while self.position.len() < self.game.length {
            let pixel = self.rng.random_range(0..self.game.free.len());
            // Few of the pixels are taken, so a draw is rarely in vain.
            if self.taken[pixel] != self.rollout {
                self.taken[pixel] = self.rollout;
                self.position.push(self.game.free[pixel]);
            }
        }
        self.is_waiting = true;
    }

    /// Books a verdict for the searcher on every node of the path, for whoever made the move: the searcher the first, and of
    /// two players the other the next.
    fn back_up(&mut self, verdict: i8) {
        self.nodes[0].visits += 1;
        for (depth, at) in self.path.iter().enumerate() {
            let is_own = depth % 2 == 0 || self.game.players == Players::One;
            let node = &mut self.nodes[*at as usize];
            node.visits += 1;
            node.won += i32::from(if is_own { verdict } else { -verdict });
        }
    }
}
