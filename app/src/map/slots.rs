//! Which mark belongs to which number. Numbers are handed out one after the other and never again, so pages of them that
//! nobody uses any more are given back. Pure.

const PAGE: usize = 256;
const NONE: u32 = u32::MAX;

#[derive(Default, Debug)]
pub struct Slots {
    pages: Vec<Option<Box<Page>>>,
}

#[derive(Debug)]
struct Page {
    used: u32,
    slots: [u32; PAGE],
}

impl Slots {
    pub fn get(&self, number: u32) -> Option<u32> {
        let page = self.pages.get(number as usize / PAGE)?.as_ref()?;
        let slot = page.slots[number as usize % PAGE];
        (slot != NONE).then_some(slot)
    }

    pub fn put(&mut self, number: u32, slot: u32) {
        let index = number as usize / PAGE;
        if self.pages.len() <= index {
            self.pages.resize_with(index + 1, || None);
        }
        let page = self.pages[index].get_or_insert_with(|| {
            Box::new(Page {
                used: 0,
                slots: [NONE; PAGE],
            })
        });
        let place = &mut page.slots[number as usize % PAGE];
        page.used += u32::from(*place == NONE);
        *place = slot;
    }

    pub fn remove(&mut self, number: u32) -> Option<u32> {
        let slot = self.get(number)?;
        let kept = self.pages.get_mut(number as usize / PAGE)?;
        let page = kept.as_mut()?;
        page.slots[number as usize % PAGE] = NONE;
        page.used -= 1;
        if page.used == 0 {
            *kept = None;
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_map_does(steps in prop::collection::vec((0..2_000_u32, any::<u32>(), any::<bool>()), 1..300)) {
            let mut slots = Slots::default();
            let mut map = BTreeMap::new();
            for (number, slot, put) in steps {
                let slot = slot / 2;
                if put {
                    slots.put(number, slot);
                    map.insert(number, slot);
                } else {
                    prop_assert_eq!(slots.remove(number), map.remove(&number));
                }
                prop_assert_eq!(slots.get(number), map.get(&number).copied());
            }
            for number in 0..2_000 {
                prop_assert_eq!(slots.get(number), map.get(&number).copied());
            }
        }
    }

    #[test]
    fn pages_that_nobody_uses_are_given_back() {
        let mut slots = Slots::default();
        for number in 0..100_000 {
            slots.put(number, number);
            if number >= 10 {
                slots.remove(number - 10);
            }
        }
        assert!(slots.pages.iter().flatten().count() <= 2);
    }
}
