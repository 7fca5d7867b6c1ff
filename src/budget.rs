//! Budgets: tokens are reserved before a call and settled after it, so that no limit is ever exceeded.

use crate::judgment::Role;

/// What one tree may spend. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Tokens shown to the evaluator, over all nodes.
    pub evaluator_tokens_max: Option<u64>,
}

/// What one node may still spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    evaluator_tokens_left: Option<u64>,
    evaluator_tokens_reserved: u64,
}

/// A reservation was refused: it would have exceeded what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded;

impl Budget {
    /// The budget of a tree's root.
    pub fn of(limits: Limits) -> Self {
        Self { evaluator_tokens_left: limits.evaluator_tokens_max, evaluator_tokens_reserved: 0 }
    }

    /// Tokens that a role may still be shown; `None` is no limit.
    pub fn left(&self, role: Role) -> Option<u64> {
        match role {
            Role::Evaluator => self.evaluator_tokens_left,
            _ => None,
        }
    }

    /// Sets tokens aside for an ask that is about to be made.
    pub fn reserve(&mut self, role: Role, tokens: u64) -> Result<(), Exceeded> {
        if role != Role::Evaluator {
            return Ok(());
        }
        if let Some(left) = self.evaluator_tokens_left {
            self.evaluator_tokens_left = Some(left.checked_sub(tokens).ok_or(Exceeded)?);
        }
        self.evaluator_tokens_reserved += tokens;
        Ok(())
    }

    /// Books a reservation as spent.
    ///
    /// # Panics
    /// If more is settled than was reserved: an ask was made without a reservation.
    pub fn settle(&mut self, role: Role, tokens: u64) {
        if role == Role::Evaluator {
            assert!(tokens <= self.evaluator_tokens_reserved, "settled more than was reserved");
            self.evaluator_tokens_reserved -= tokens;
        }
    }

    /// Hands a share of what is left to `children` nodes in equal parts, and returns what each gets.
    pub fn divide(&mut self, share: f64, children: usize) -> Self {
        let each = self.evaluator_tokens_left.map(|left| {
            let shared = (left as f64 * share.clamp(0.0, 1.0)) as u64;
            let each = shared / children.max(1) as u64;
            self.evaluator_tokens_left = Some(left - each * children as u64);
            each
        });
        Self { evaluator_tokens_left: each, evaluator_tokens_reserved: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_reserved_and_divided_the_limit_holds(
            limit in 0u64..1000,
            steps in proptest::collection::vec((0u64..300, 0usize..5, 0.0f64..1.0), 0..12),
        ) {
            let mut root = Budget::of(Limits { evaluator_tokens_max: Some(limit) });
            let mut spent = 0;
            for (tokens, children, share) in steps {
                if root.reserve(Role::Evaluator, tokens).is_ok() {
                    root.settle(Role::Evaluator, tokens);
                    spent += tokens;
                }
                let child = root.divide(share, children);
                spent += child.left(Role::Evaluator).unwrap() * children as u64;
            }
            prop_assert!(spent <= limit);
        }
    }
}
