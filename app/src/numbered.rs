//! Things by their numbers. Numbers are handed out one after the other and never again, so pages of them that nobody uses any
//! more are given back. Found in two steps, however many there are. Pure.

const PAGE: usize = 256;

#[derive(Clone, Debug)]
pub struct Numbered<T> {
    pages: Vec<Option<Box<Page<T>>>>,
}

#[derive(Clone, Debug)]
struct Page<T> {
    used: usize,
    things: [Option<T>; PAGE],
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> Numbered<T> {
    pub fn get(&self, number: u32) -> Option<&T> {
        let page = self.pages.get(number as usize / PAGE)?.as_ref()?;
        page.things[number as usize % PAGE].as_ref()
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let page = self.pages.get_mut(number as usize / PAGE)?.as_mut()?;
        page.things[number as usize % PAGE].as_mut()
    }

    /// What was there before.
    pub fn insert(&mut self, number: u32, thing: T) -> Option<T> {
        let index = number as usize / PAGE;
        if self.pages.len() <= index {
            self.pages.resize_with(index + 1, || None);
        }
        let page = self.pages[index].get_or_insert_with(|| {
            Box::new(Page {
                used: 0,
                things: [const { None }; PAGE],
            })
        });
        let before = page.things[number as usize % PAGE].replace(thing);
        page.used += usize::from(before.is_none());
        before
    }

    pub fn remove(&mut self, number: u32) -> Option<T> {
        let kept = self.pages.get_mut(number as usize / PAGE)?;
        let page = kept.as_mut()?;
        let thing = page.things[number as usize % PAGE].take()?;
        page.used -= 1;
        if page.used == 0 {
            *kept = None;
        }
        Some(thing)
    }

    /// In the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.pages.iter().enumerate().flat_map(|(index, page)| {
            let things = page.iter().flat_map(|page| page.things.iter().enumerate());
            things
                .filter_map(move |(at, thing)| Some(((index * PAGE + at) as u32, thing.as_ref()?)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_map_does(steps in prop::collection::vec((0..2_000_u32, any::<u8>(), any::<bool>()), 1..300)) {
            let mut numbered = Numbered::default();
            let mut map = BTreeMap::new();
            for (number, thing, put) in steps {
                if put {
                    prop_assert_eq!(numbered.insert(number, thing), map.insert(number, thing));
                } else {
                    prop_assert_eq!(numbered.remove(number), map.remove(&number));
                }
                prop_assert_eq!(numbered.get(number), map.get(&number));
                prop_assert_eq!(numbered.get_mut(number), map.get_mut(&number));
            }
            let all: Vec<(u32, &u8)> = numbered.iter().collect();
            let expected: Vec<(u32, &u8)> = map.iter().map(|(number, thing)| (*number, thing)).collect();
            prop_assert_eq!(all, expected);
        }
    }

    #[test]
    fn pages_that_nobody_uses_are_given_back() {
        let mut numbered = Numbered::default();
        for number in 0..100_000 {
            numbered.insert(number, number);
            if number >= 10 {
                numbered.remove(number - 10);
            }
        }
        assert!(numbered.pages.iter().flatten().count() <= 2);
    }
}
