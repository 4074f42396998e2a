//! When the live layer may be drawn again. A screen that draws slowly is asked less often, so that the page beside it
//! keeps most of the machine; what has changed meanwhile is all in the next frame. Pure; times are milliseconds of one clock.

/// Within this a frame costs nothing that anybody misses: one beat of the screen and a little more.
const FREE_MS: f64 = 25.0;
/// Rest after a frame, in times of what it took.
const REST: f64 = 2.0;
/// A browser that slept has not drawn all the while.
const LONGEST_REST_MS: f64 = 2_000.0;

#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Pace {
    /// Something has changed that no frame shows yet.
    wanted: bool,
    /// A frame is on its way to be drawn.
    booked: bool,
    drawing_since: Option<f64>,
    not_before: f64,
}

impl Pace {
    /// A frame is wanted: after how long to draw it, or none if it comes by itself.
    pub fn want(&mut self, now: f64) -> Option<f64> {
        self.wanted = true;
        self.book(now)
    }

    fn book(&mut self, now: f64) -> Option<f64> {
        if !self.wanted || self.booked || self.drawing_since.is_some() {
            return None;
        }
        self.booked = true;
        Some((self.not_before - now).max(0.0))
    }

    /// The booked frame's time has come: whether there still is something to draw.
    pub fn due(&mut self) -> bool {
        self.booked = false;
        self.wanted
    }

    /// A frame is being drawn, be it booked or because the camera moves.
    pub fn begun(&mut self, now: f64) {
        self.wanted = false;
        self.drawing_since = Some(now);
    }

    /// The screen has the frame: after how long to draw the next, if one is wanted.
    pub fn done(&mut self, now: f64) -> Option<f64> {
        if let Some(since) = self.drawing_since.take() {
            let beyond = (now - since - FREE_MS).max(0.0);
            self.not_before = now + (REST * beyond).min(LONGEST_REST_MS);
        }
        self.book(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames drawn in ten seconds on a machine where one takes `cost` ms, with something new every `every` ms.
    fn frames(cost: f64, every: f64) -> usize {
        let mut pace = Pace::default();
        let mut drawn = 0;
        let (mut change_at, mut draw_at, mut done_at) = (0.0, None, None);
        for step in 0..10_000 {
            let now = f64::from(step);
            if now >= change_at {
                change_at += every;
                draw_at = pace.want(now).map(|wait| now + wait).or(draw_at);
            }
            if draw_at.is_some_and(|at| now >= at) {
                draw_at = None;
                if pace.due() {
                    pace.begun(now);
                    drawn += 1;
                    done_at = Some(now + cost);
                }
            }
            if done_at.is_some_and(|at| now >= at) {
                done_at = None;
                draw_at = pace.done(now).map(|wait| now + wait).or(draw_at);
            }
        }
        drawn
    }

    #[test]
    fn a_quick_screen_shows_every_change() {
        assert_eq!(frames(16.0, 50.0), 200);
    }

    #[test]
    fn a_slow_screen_draws_a_third_of_the_time() {
        let drawn = frames(400.0, 5.0);
        assert!(
            (8..=10).contains(&drawn),
            "{drawn} frames of 400 ms in ten seconds"
        );
    }

    #[test]
    fn nothing_new_is_no_frame() {
        let mut pace = Pace::default();
        assert_eq!(pace.want(0.0), Some(0.0));
        assert_eq!(pace.want(1.0), None, "one is on its way");
        assert!(pace.due());
        pace.begun(2.0);
        assert_eq!(pace.done(10.0), None);
        // The camera moved and showed it.
        assert_eq!(pace.want(11.0), Some(0.0));
        pace.begun(12.0);
        assert!(!pace.due());
    }

    #[test]
    fn what_changes_while_a_frame_is_drawn_comes_after_it() {
        let mut pace = Pace::default();
        pace.want(0.0);
        pace.due();
        pace.begun(0.0);
        assert_eq!(pace.want(50.0), None);
        assert_eq!(pace.done(125.0), Some(200.0));
    }

    #[test]
    fn a_browser_that_slept_is_not_punished_for_it() {
        let mut pace = Pace::default();
        pace.want(0.0);
        pace.due();
        pace.begun(0.0);
        pace.done(3_600_000.0);
        assert_eq!(pace.want(3_600_000.0), Some(LONGEST_REST_MS));
    }
}
