//! The one sort of the pages. It orders indices, so the script holds it once, however many lists there are; the standard
//! library's sorts come anew with each type, and cost more than the lists.

/// The things in the order of their keys; equal ones stay as they were.
pub fn by_key<T: Copy, K: Ord>(things: &[T], key: impl Fn(T) -> K) -> Vec<T> {
    let keys: Vec<K> = things.iter().map(|thing| key(*thing)).collect();
    let order = order(things.len(), &|a, b| keys[a] < keys[b]);
    order.into_iter().map(|index| things[index]).collect()
}

/// Merges runs of one, two, four … until one is left.
fn order(count: usize, before: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut from: Vec<usize> = (0..count).collect();
    let mut into = from.clone();
    let mut run = 1;
    while run < count {
        for start in (0..count).step_by(run * 2) {
            let middle = (start + run).min(count);
            let end = (start + run * 2).min(count);
            let (mut left, mut right) = (start, middle);
            for slot in &mut into[start..end] {
                let take_right = left == middle || (right < end && before(from[right], from[left]));
                let taken = if take_right { &mut right } else { &mut left };
                *slot = from[*taken];
                *taken += 1;
            }
        }
        std::mem::swap(&mut from, &mut into);
        run *= 2;
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_orders_as_the_standard_library_does() {
        let mut seed = 7_u32;
        for length in 0..200 {
            let things: Vec<(u32, usize)> = (0..length)
                .map(|place| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((seed >> 16) % 20, place)
                })
                .collect();
            let mut known = things.clone();
            known.sort_by_key(|(number, _)| *number);
            assert_eq!(by_key(&things, |(number, _)| number), known);
        }
    }
}
