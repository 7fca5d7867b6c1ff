//! Rows alone, together, padded and at any place.

use super::*;
use crate::reward::batch::Bucketed;
use burn::backend::Flex;

fn rows() -> Vec<Row> {
    let view = |claim: &str, sentences: &[&str]| ViewText {
        claim: claim.into(),
        sentences: sentences.iter().map(|s| s.to_string()).collect(),
        begins: Vec::new(),
    };
    let long = "Then Odo walked on and on past the mill and the water and the tower ".repeat(3);
    let views = [
        view("Mira gave the key to Odo.", &["Odo waited.", "She gave him the key.", &long, "Nobody came."]),
        view("Odo never left.", &["Odo left at dusk.", "It rained."]),
    ];
    views.iter().flat_map(rows_of).collect()
}

fn network(device: &burn::tensor::Device<Flex>) -> ReaderNetwork<Flex> {
    initialised(ReaderNetwork::zeros(16, device), &Stream::root(1))
}

fn assert_close(some: &[f32], others: &[f32]) {
    assert_eq!(some.len(), others.len());
    assert!(some.iter().zip(others).all(|(a, b)| (a - b).abs() < 1e-5), "{some:?} {others:?}");
}

#[test]
fn free_batches_agree_with_rows_alone() {
    let device = Default::default();
    let network = network(&device);
    let rows = rows();
    let (together, at_row) = network.read(&rows.iter().collect::<Vec<_>>(), &device);
    let together = as_rows(values(together));
    for (row, at) in rows.iter().zip(at_row) {
        let (alone, _) = network.read(&[row], &device);
        assert_close(&as_rows(values(alone))[0], &together[at as usize]);
    }
}

#[test]
fn padding_changes_no_score() {
    let device = Default::default();
    let network = network(&device);
    let rows = rows();
    let row = &rows[1];
    let tight = network.forward(Batch::of(&[row], row.bucket(), 1, &device));
    let wide = network.forward(Batch::of(&[row], rows[2].bucket(), 5, &device));
    assert_ne!(row.bucket(), rows[2].bucket());
    assert_close(&values(tight), &values(wide)[..OUTPUTS]);
}

#[test]
fn a_served_row_is_bit_equal_at_any_place_of_its_batch() {
    let device: burn::tensor::Device<Flex> = Default::default();
    let mut some = rows();
    let bucket = some[0].bucket();
    some.retain(|row| row.bucket() == bucket);
    assert!(some.len() > 1, "rows that differ and are read together");
    for width in [16, 160] {
        let network = initialised(ReaderNetwork::<Flex>::zeros(width, &device), &Stream::root(1));
        let served = Served { network, device };
        let alone: Vec<[f32; OUTPUTS]> = some.iter().map(|row| served.outputs(&[row])[0]).collect();
        for first in 0..some.len() {
            let many = (0..ROWS_SERVED + 5).map(|at| (first + at) % some.len());
            let rows: Vec<&Row> = many.clone().map(|at| &some[at]).collect();
            for (at, output) in many.zip(served.outputs(&rows)) {
                assert_eq!(output, alone[at], "width {width}, row {at} from {first}");
            }
        }
    }
}
