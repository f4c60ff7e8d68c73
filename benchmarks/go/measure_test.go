package benchmarks

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// What takes its own time is run once, with -test.benchtime=1x.

func percentiles(b *testing.B, samples []time.Duration, unit time.Duration) {
	slices.Sort(samples)
	last := len(samples) - 1
	in := func(index int) float64 { return float64(samples[index]) / float64(unit) }
	b.ReportMetric(in(last/2), "p50")
	b.ReportMetric(in(last*9/10), "p90")
	b.ReportMetric(in(last*99/100), "p99")
	b.ReportMetric(in(last), "max")
	b.ReportMetric(0, "ns/op")
}

func lateness(b *testing.B, timers int, spread time.Duration) {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	runtime.GC()
	late := make([]time.Duration, timers)
	kept := make([]context.Context, timers)
	var called sync.WaitGroup
	called.Add(timers)
	const arming = 10 * time.Microsecond // is more than it takes
	first := time.Now().Add(200*time.Millisecond + arming*time.Duration(timers))
	for i := range late {
		deadline := first.Add(spread * time.Duration(i*7919%timers) / time.Duration(timers))
		ctx, cancel := context.WithDeadline(parent, deadline)
		defer cancel()
		kept[i] = ctx
		context.AfterFunc(ctx, func() {
			late[i] = time.Since(deadline)
			called.Done()
		})
	}
	if time.Now().After(first) {
		b.Fatal("the first deadline passed before all were armed")
	}
	called.Wait()
	runtime.KeepAlive(kept)
	percentiles(b, late, time.Millisecond)
}

func BenchmarkLateness(b *testing.B) { lateness(b, 10_000, time.Second) }

func BenchmarkBurst(b *testing.B) { lateness(b, 100_000, 0) }

func BenchmarkWakeUp(b *testing.B) {
	samples := make([]time.Duration, 2000)
	for i := range samples {
		ctx, cancel := context.WithCancel(context.Background())
		woken := make(chan time.Time)
		go func() {
			<-ctx.Done()
			woken <- time.Now()
		}()
		time.Sleep(50 * time.Microsecond)
		start := time.Now()
		cancel()
		samples[i] = (<-woken).Sub(start)
	}
	percentiles(b, samples, time.Microsecond)
}

func BenchmarkLiveBytes(b *testing.B) {
	const count = 1_000_000
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	listened, cancelListened := context.WithCancel(context.Background())
	defer cancelListened()
	for _, node := range []struct {
		name string
		make func() (context.Context, context.CancelFunc)
	}{
		{"cancel", func() (context.Context, context.CancelFunc) { return context.WithCancel(parent) }},
		{"deadline", func() (context.Context, context.CancelFunc) { return context.WithTimeout(parent, time.Hour) }},
		{"value", func() (context.Context, context.CancelFunc) {
			return context.WithValue(parent, filler{}, "value"), nil
		}},
		{"callback", func() (context.Context, context.CancelFunc) {
			stop := context.AfterFunc(listened, func() {})
			return nil, func() { stop() }
		}},
		{"timer", func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithTimeout(parent, time.Hour)
			context.AfterFunc(ctx, func() {})
			return ctx, cancel
		}},
	} {
		b.Run("node="+node.name, func(b *testing.B) {
			kept := make([]context.Context, count)
			cancels := make([]context.CancelFunc, count)
			before := heap()
			for i := range kept {
				kept[i], cancels[i] = node.make()
			}
			b.ReportMetric(float64(heap()-before)/count, "bytes")
			b.ReportMetric(0, "ns/op")
			runtime.KeepAlive(kept)
			for _, cancel := range cancels {
				if cancel != nil {
					cancel()
				}
			}
		})
	}
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
