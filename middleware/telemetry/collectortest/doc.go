// Package collectortest sends the telemetry of apps to a collector of OpenTelemetry, which runs within the test. It is a
// module of its own, so that Soay depends on neither it nor the exporters, and has nothing but tests.
package collectortest
