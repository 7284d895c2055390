package embedded

import (
	"net"
	"sync"
)

// trackedListener knows its open connections, so that shutdown can end them
// and wait for the goroutines that serve them. Neither go-imap's nor go-smtp's
// Close waits.
type trackedListener struct {
	net.Listener

	mu     sync.Mutex
	conns  map[*trackedConn]struct{}
	closed bool
	served sync.WaitGroup
}

func listen(address string) (*trackedListener, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return &trackedListener{Listener: ln, conns: make(map[*trackedConn]struct{})}, nil
}

// Accept waits for the next connection; after shutdown the error is
// net.ErrClosed.
func (l *trackedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	c := &trackedConn{Conn: conn, listener: l}
	l.conns[c] = struct{}{}
	l.served.Add(1)
	return c, nil
}

// shutdown closes the listener and all connections and waits until their
// servers have closed them too, which is the last thing those do.
func (l *trackedListener) shutdown() error {
	l.mu.Lock()
	l.closed = true
	err := l.Listener.Close()
	for c := range l.conns {
		_ = c.Conn.Close() // only wakes the server's goroutine
	}
	l.mu.Unlock()
	l.served.Wait()
	return err
}

type trackedConn struct {
	net.Conn
	listener *trackedListener
	once     sync.Once
}

// Close closes the connection and forgets it.
func (c *trackedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.listener.mu.Lock()
		delete(c.listener.conns, c)
		c.listener.mu.Unlock()
		c.listener.served.Done()
	})
	return err
}
