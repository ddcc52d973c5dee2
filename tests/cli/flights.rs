//! A few thousand flights, with the columns of the 336,776 of nycflights13, go through the commands that the guide has times of.

use super::Place;
use std::fmt::Write as _;
use std::fs;

const COLUMNS: &str = "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour";
const ROWS: u32 = 3_000;

struct Flight {
    key: String,
    day: u32,
    delay: Option<i32>,
    carrier: &'static str,
    origin: &'static str,
    line: String,
}

/// Three in each hour of forty-two days, the last first.
fn flights() -> Vec<Flight> {
    let flight = |number: u32| {
        let (day, hour) = (number / 72 % 28 + 1, number / 3 % 24);
        let month = number / 72 / 28 + 1;
        let delay =
            (!number.is_multiple_of(11)).then(|| i32::try_from(number * 7 % 200).unwrap() - 20);
        let carrier = ["UA", "AA", "B6"][(number % 3) as usize];
        let origin = ["EWR", "LGA", "JFK"][(number % 7 % 3) as usize];
        let time = format!("2013-{month:02}-{day:02}T{hour:02}:00:00Z");
        let shown = delay.map_or(String::new(), |delay| delay.to_string());
        let line = format!(
            "2013,{month},{day},517,515,{shown},830,819,11,{carrier},{number},N{number},{origin},IAH,227,1400,{hour},15,{time}"
        );
        let key = format!("{time}:{carrier}:{number}:{origin}");
        Flight { key, day: month * 100 + day, delay, carrier, origin, line }
    };
    (0..ROWS).rev().map(flight).collect()
}

#[test]
fn flights_go_in_are_found_and_go_out() {
    let (place, flights) = (Place::new(), flights());
    let mut file = format!("{COLUMNS}\n");
    for flight in &flights {
        writeln!(file, "{}", flight.line).unwrap();
    }
    fs::write(place.path("flights.csv"), &file).unwrap();
    let key = "time_hour,carrier,flight,origin";
    place.ok(&["-q", "-c", "flights", "load", "flights.csv", "--key", key]);
    assert_eq!(place.ok(&["count", "flights"]), format!("{ROWS}\n"));

    // By the order of keys, whatever the order of the file was.
    let mut keys: Vec<&str> = flights.iter().map(|flight| &*flight.key).collect();
    keys.sort_unstable();
    assert_eq!(place.ok(&["-c", "flights", "keys"]).lines().collect::<Vec<_>>(), keys);
    let of_day = flights.iter().filter(|flight| flight.day == 104).count();
    assert!(of_day > 0);
    let by_prefix = place.ok(&["count", "flights", "--prefix", "2013-01-04"]);
    assert_eq!(by_prefix, format!("{of_day}\n"));
    let range = ["count", "flights", "--from", "2013-01-04", "--to", "2013-01-05"];
    assert_eq!(place.ok(&range), by_prefix);

    // By what is in them.
    let late = |flight: &&Flight| flight.origin == "JFK" && flight.delay > Some(60);
    let found = place.ok(&["find", "flights", "origin=JFK", "dep_delay>60", "--jsonl"]);
    assert_eq!(found.lines().count(), flights.iter().filter(late).count());
    let cancelled = flights.iter().filter(|flight| flight.delay.is_none()).count();
    let counted = place.ok(&["count", "flights", "--where", "dep_delay=null"]);
    assert_eq!(counted, format!("{cancelled}\n"));

    // Out again, as lines of JSON that come in elsewhere, and as the file that it was.
    place.ok(&["-q", "export", "all.jsonl"]);
    place.ok(&["-q", "-f", "copy.folio", "import", "all.jsonl"]);
    assert_eq!(place.ok(&["-f", "copy.folio", "scan", "flights"]), place.ok(&["scan", "flights"]));
    let mut lines: Vec<&Flight> = flights.iter().collect();
    lines.sort_by(|one, other| one.key.cmp(&other.key));
    let sorted: String = lines.iter().flat_map(|flight| [&*flight.line, "\n"]).collect();
    let csv = place.ok(&["scan", "flights", "--csv", "--fields", COLUMNS]);
    assert_eq!(csv, format!("{COLUMNS}\n{sorted}"));
    let of_united = place.ok(&["count", "flights", "--where", "carrier=UA"]);
    let expected = flights.iter().filter(|flight| flight.carrier == "UA").count();
    assert_eq!(of_united, format!("{expected}\n"));
}
