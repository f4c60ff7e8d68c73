package benchmarks

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// discarded cancels what ends with its parent anyway.
var discarded context.CancelFunc

var depths = []int{1, 10, 100, 1000, 10000}

// chain makes scopes one below the other, and returns the innermost and what cancels the outermost.
func chain(depth int) (context.Context, context.CancelFunc) {
	leaf, cancel := context.WithCancel(context.Background())
	for i := 1; i < depth; i++ {
		leaf, discarded = context.WithCancel(leaf)
	}
	return leaf, cancel
}

// cancelled measures what cancels, and not what is made to be cancelled.
//
// A node is an operation; there are nodes in all.
func cancelled(b *testing.B, nodes, roots int, root func(called *sync.WaitGroup) context.CancelFunc) {
	var spent time.Duration
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		var called sync.WaitGroup
		cancels := make([]context.CancelFunc, roots)
		for j := range cancels {
			cancels[j] = root(&called)
		}
		b.StartTimer()
		start := time.Now()
		for _, cancel := range cancels {
			cancel()
		}
		spent += time.Since(start)
		b.StopTimer()
		called.Wait()
		b.StartTimer()
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/float64(nodes), "ns/op")
}

func BenchmarkCancelWide(b *testing.B) {
	const nodes = 100_000
	for _, children := range []int{1000, nodes} {
		for _, listening := range []string{"nobody", "callback"} {
			b.Run(fmt.Sprintf("children=%d/listening=%s", children, listening), func(b *testing.B) {
				cancelled(b, nodes, nodes/children, func(called *sync.WaitGroup) context.CancelFunc {
					root, cancel := context.WithCancel(context.Background())
					for i := 0; i < children; i++ {
						var child context.Context
						child, discarded = context.WithCancel(root)
						if listening == "callback" {
							called.Add(1)
							context.AfterFunc(child, called.Done)
						}
					}
					return cancel
				})
			})
		}
	}
}

func BenchmarkCancelDeep(b *testing.B) {
	const nodes = 10_000
	for _, depth := range depths {
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			cancelled(b, nodes, nodes/depth, func(called *sync.WaitGroup) context.CancelFunc {
				leaf, cancel := chain(depth)
				called.Add(1)
				context.AfterFunc(leaf, called.Done)
				return cancel
			})
		})
	}
}

// BenchmarkSharedParent counts the time of an operation in each thread, as JMH does.
func BenchmarkSharedParent(b *testing.B) {
	operations := map[string]func(parent context.Context){
		"withCancel": func(parent context.Context) {
			_, cancel := context.WithCancel(parent)
			cancel()
		},
		"callback": func(parent context.Context) {
			ctx, cancel := context.WithCancel(parent)
			stop := context.AfterFunc(ctx, never)
			stop()
			cancel()
		},
	}
	for op, operation := range operations {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("op=%s/threads=%d", op, threads), func(b *testing.B) {
				parent, cancel := context.WithCancel(context.Background())
				defer cancel()
				var ready sync.WaitGroup
				ready.Add(threads)
				for t := 0; t < threads; t++ {
					go func() {
						defer ready.Done()
						for i := 0; i < b.N; i++ {
							operation(parent)
						}
					}()
				}
				ready.Wait()
			})
		}
	}
}

func BenchmarkLiveContexts(b *testing.B) {
	for _, live := range []int{1, 1000, 100_000, 1_000_000} {
		parent, cancel := context.WithCancel(context.Background())
		all := make([]context.Context, live)
		cancels := make([]context.CancelFunc, live)
		for i := range all {
			all[i], cancels[i] = context.WithTimeout(parent, time.Hour+time.Hour*time.Duration(i)/time.Duration(live))
			context.AfterFunc(all[i], func() {})
		}
		runtime.GC()
		one := all[live-1]
		b.Run(fmt.Sprintf("live=%d/op=withCancel", live), func(b *testing.B) {
			repeat(b, func() {
				ctx, cancel := context.WithCancel(parent)
				sink = ctx
				cancel()
			})
		})
		b.Run(fmt.Sprintf("live=%d/op=callback", live), func(b *testing.B) {
			repeat(b, func() { withTimeoutAndCallback(parent) })
		})
		b.Run(fmt.Sprintf("live=%d/op=err", live), func(b *testing.B) {
			errs(b, one)
		})
		for _, cancel := range cancels {
			cancel()
		}
		cancel()
	}
}
