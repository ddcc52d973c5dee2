//! Questions to one snapshot: whatever is loaded or booked meanwhile, all the answers fit together.

use crate::model::{Airline, Airport, Date, Flight, Plane};
use folio::{Snapshot, View};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

/// A flight that leaves this much later than planned is late.
const LATE_MINUTES: i16 = 120;

/// Prints the answers.
pub(crate) fn print(snapshot: &Snapshot) -> Result<(), Box<dyn Error>> {
    let tables = Tables {
        airlines: snapshot.collection()?,
        airports: snapshot.collection()?,
        planes: snapshot.collection()?,
        flights: snapshot.collection()?,
    };
    timed("The ten busiest routes", || tables.busiest_routes());
    timed("Departures on the first day", || tables.first_day());
    timed("A plane's day", || tables.planes_day());
    timed("Departures more than two hours late", || tables.late_departures());
    timed("The three days with the most cancelled flights", || tables.cancelled());
    Ok(())
}

fn timed(question: &str, answer: impl FnOnce()) {
    println!("\n{question}");
    let started = Instant::now();
    answer();
    println!("    ({:.1?})", started.elapsed());
}

/// The collections of one snapshot.
struct Tables {
    airlines: View<Airline>,
    airports: View<Airport>,
    planes: View<Plane>,
    flights: View<Flight>,
}

impl Tables {
    /// A scan of all flights, grouped, and joined with the names of the airports.
    fn busiest_routes(&self) {
        let mut routes = BTreeMap::new();
        for flight in &self.flights {
            *routes.entry((&flight.origin, &flight.destination)).or_insert(0) += 1;
        }
        for ((origin, destination), count) in largest_first(routes).into_iter().take(10) {
            println!(
                "    {count:>6}  {origin} {} – {destination} {}",
                self.airport_name(origin),
                self.airport_name(destination)
            );
        }
    }

    /// A composite index, asked for one of its keys.
    fn first_day(&self) {
        let Some(first) = self.flights.iter().map(|flight| flight.date).min() else { return };
        for origin in ["EWR", "JFK", "LGA"] {
            let count = self.flights.by(Flight::BY_ORIGIN_DATE).count(&(origin.to_owned(), first));
            println!("    {count:>6}  {first} from {origin} {}", self.airport_name(origin));
        }
    }

    /// A composite index, asked for the beginning of its keys: what comes after it (here the time
    /// of departure) gives the order.
    fn planes_day(&self) {
        let Some((tail_number, date)) = self.busiest_plane() else { return };
        let plane = self.planes.get(tail_number.as_str()).map_or_else(
            || "a plane unknown to the register".to_owned(),
            |plane| format!("{} {}, {} seats", plane.manufacturer, plane.model, plane.seats),
        );
        println!("    {tail_number} ({plane}) on {date}:");
        let day = (tail_number.as_str(), date);
        for flight in self.flights.by(Flight::BY_PLANE_DATE).prefix(day) {
            println!(
                "    {}  {} {:<5} {} – {}  {}",
                flight.scheduled_departure,
                flight.carrier,
                flight.number,
                flight.origin,
                flight.destination,
                delay(flight)
            );
        }
        let departures = self.flights.by(Flight::TAIL_NUMBER).count(tail_number.as_str());
        println!("    {departures} departures in all the data");
    }

    /// The plane and the day on which it left New York most often.
    fn busiest_plane(&self) -> Option<(&String, Date)> {
        let mut days = BTreeMap::new();
        for flight in &self.flights.by(Flight::BY_PLANE_DATE) {
            let Some(tail_number) = &flight.tail_number else { continue };
            if flight.departure.is_some() {
                *days.entry((tail_number, flight.date)).or_insert(0) += 1;
            }
        }
        largest_first(days).into_iter().map(|(day, _)| day).next()
    }

    /// A range of an index: the flights that were not late are never looked at.
    fn late_departures(&self) {
        let mut carriers = BTreeMap::new();
        let late = self.flights.by(Flight::DEPARTURE_DELAY_MINUTES);
        for flight in late.range(LATE_MINUTES + 1..) {
            *carriers.entry(&flight.carrier).or_insert(0) += 1;
        }
        for (carrier, count) in largest_first(carriers) {
            let name = self.airlines.get(carrier.as_str()).map_or("", |airline| &airline.name);
            let all = self.flights.by(Flight::CARRIER).count(carrier.as_str());
            println!("    {count:>6} of {all:>6}  {carrier} {name}");
        }
        if let Some(worst) = self.flights.by(Flight::DEPARTURE_DELAY_MINUTES).iter().next_back() {
            println!(
                "    the worst: {} {} on {} to {}, {}",
                worst.carrier,
                worst.number,
                worst.date,
                self.airport_name(&worst.destination),
                delay(worst)
            );
        }
    }

    /// A partial index, which holds the cancelled flights and no others.
    fn cancelled(&self) {
        let mut days = BTreeMap::new();
        for flight in &self.flights.by(Flight::CANCELLED) {
            *days.entry(flight.date).or_insert(0) += 1;
        }
        for (date, count) in largest_first(days).into_iter().take(3) {
            println!("    {count:>6}  {date}");
        }
    }

    /// Some destinations are not in the list of airports.
    fn airport_name(&self, faa: &str) -> &str {
        self.airports.get(faa).map_or("(unknown)", |airport| &airport.name)
    }
}

fn delay(flight: &Flight) -> String {
    match flight.departure_delay_minutes {
        None => "cancelled".to_owned(),
        Some(minutes @ ..0) => format!("{} minutes early", -minutes),
        Some(0) => "on time".to_owned(),
        Some(minutes) => format!("{minutes} minutes late"),
    }
}

/// Groups by size, the largest first, equal ones by key.
fn largest_first<K: Ord>(groups: BTreeMap<K, u64>) -> Vec<(K, u64)> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, count)| Reverse(*count));
    groups
}
