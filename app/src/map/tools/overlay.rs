//! What tools draw: an SVG element over the map, drawn anew with each move of the camera. It takes no clicks.

use domain::place::Position;
use leptos::prelude::*;

use super::state::{Tool, Tools};
use crate::text::number::decimals;

fn points(line: impl Iterator<Item = [f64; 2]>) -> String {
    let written: Vec<String> = line
        .map(|[x, y]| format!("{},{}", decimals(x, 1), decimals(y, 1)))
        .collect();
    written.join(" ")
}

#[component]
pub fn Overlay(tools: Tools) -> impl IntoView {
    let on_screen = move |places: &[Position]| {
        let frame = tools.frame.get();
        frame.map_or_else(Vec::new, |frame| {
            places
                .iter()
                .map(|at| frame.on_screen(*at))
                .collect::<Vec<_>>()
        })
    };
    let measured = Memo::new(move |_| on_screen(&tools.measured.read()));
    let area = Memo::new(move |_| {
        let drawing = tools.drawing.get();
        match drawing.is_empty() {
            true => tools.drawn.with(|drawn| {
                drawn
                    .as_ref()
                    .map(|drawn| on_screen(drawn.places()))
                    .unwrap_or_default()
            }),
            false => drawing,
        }
    });
    let near = Memo::new(move |_| {
        let from = near_place(tools)
            .map(|from| on_screen(&[from]))
            .unwrap_or_default();
        (from, on_screen(&tools.near_lines.read()))
    });
    let followed = Memo::new(move |_| {
        let unit = tools.map.followed.get()?;
        tools.desk.settings.clock.track();
        tools.desk.things.heard_at.track();
        let at = unit_place(tools, &unit)?;
        on_screen(&[at]).first().copied()
    });
    let near_lines = move || {
        let (from, to) = near.get();
        let Some([x, y]) = from.first().copied() else {
            return Vec::new();
        };
        to.into_iter()
            .map(|[to_x, to_y]| {
                view! { <line class="near" x1=decimals(x, 1) y1=decimals(y, 1) x2=decimals(to_x, 1) y2=decimals(to_y, 1)></line> }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <svg class="tool-drawing" aria-hidden="true" data-testid="tool-drawing">
            <polygon class="area" points=move || points(area.get().into_iter())></polygon>
            <polygon class="enclosed" points=move || {
                let line = measured.get();
                if line.len() > 2 { points(line.into_iter()) } else { String::new() }
            }></polygon>
            <polyline class="measured" points=move || points(measured.get().into_iter())></polyline>
            {move || measured.get().into_iter().map(|[x, y]| view! {
                <circle class="point" r="3.5" cx=decimals(x, 1) cy=decimals(y, 1)></circle>
            }).collect::<Vec<_>>()}
            {move || near_lines()}
            {move || near.get().0.first().map(|[x, y]| view! {
                <circle class="point" r="4" cx=decimals(*x, 1) cy=decimals(*y, 1)></circle>
            })}
            {move || followed.get().map(|[x, y]| view! {
                <circle class="followed" r="16" cx=decimals(x, 1) cy=decimals(y, 1)></circle>
            })}
        </svg>
    }
}

/// Where the question who is near is asked from, while it is asked.
pub fn near_place(tools: Tools) -> Option<Position> {
    (tools.tool.get() == Some(Tool::Nearest))
        .then(|| tools.asked_near.get().or_else(|| tools.selected_place()))
        .flatten()
}

pub fn unit_place(tools: Tools, unit: &str) -> Option<Position> {
    tools.desk.things.picture.with_value(|picture| {
        let found = picture.units().find(|view| view.id.as_str() == unit);
        found.map(|view| view.position)
    })
}
