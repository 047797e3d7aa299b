namespace Scheduler.MariaDb.Sessions;

/// <summary>
/// One execution of a command, from its statement to its last row, and the ways to stop it: its caller's token, its timeout,
/// <see cref="MariaDbCommand.Cancel"/>. Stopping asks the server over a second connection (KILL QUERY), which leaves this one usable;
/// if that cannot be said, or does not help within the cancellation timeout, this connection is cut.
/// </summary>
internal sealed class CommandRun
{
    private readonly object _gate = new();
    private readonly MariaDbSession _session;
    private readonly TimeSpan _timeout;
    private StopReason _stop;
    private bool _calling;
    private bool _killSettled;
    private bool _killSent;
    private bool _ended;

    public CommandRun(MariaDbSession session, TimeSpan timeout)
    {
        _session = session;
        _timeout = timeout;
    }

    private enum StopReason
    {
        None,
        Cancelled,
        Token,
        TimedOut,
    }

    /// <summary>Whether the server was told to stop, so that "interrupted" is the expected answer.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_gate) return _stop != StopReason.None;
        }
    }

    /// <summary>Makes blocking native calls that can be stopped.</summary>
    /// <exception cref="OperationCanceledException">The token stopped them.</exception>
    /// <exception cref="MariaDbException">They failed, timed out, or the command was cancelled.</exception>
    public T Call<T>(Func<T> native, CancellationToken cancellationToken)
    {
        MariaDbException? error = null;
        using (cancellationToken.UnsafeRegister(static run => ((CommandRun)run!).Stop(StopReason.Token), this))
        using (_timeout == Timeout.InfiniteTimeSpan ? null : _session.Time.CreateTimer(OnTimeout, this, _timeout, Timeout.InfiniteTimeSpan))
        {
            if (TryEnter())
            {
                try
                {
                    return native();
                }
                catch (MariaDbException e)
                {
                    error = e;
                }
                finally
                {
                    Exit();
                }
            }
        }

        AwaitKill();
        throw Explain(error, cancellationToken);
    }

    /// <summary>Stops the command if it still runs. Returns at once; the call that runs reports it.</summary>
    public void Cancel() => Stop(StopReason.Cancelled);

    /// <summary>
    /// The command is over. A KILL that came too late would hit the session's next statement, so it is waited for and caught.
    /// </summary>
    public void End()
    {
        lock (_gate)
        {
            if (_ended) return;
            _ended = true;
        }

        AwaitKill();
        if (!_killSent || _session.IsBroken) return;
        try
        {
            _session.ExecuteAndDrain("DO 0"u8);
        }
        catch (MariaDbException e) when (e.Number == MariaDbErrors.QueryInterrupted)
        {
            // That was it.
        }
        catch (MariaDbException) when (_session.IsBroken)
        {
            // Whoever holds the session sees that it is broken; the command's own outcome stands.
        }
    }

    /// <summary>Before rows are passed over: if the server was not told to stop sending, they could be endless.</summary>
    public void AbortIfUnstoppable()
    {
        AwaitKill();
        lock (_gate)
        {
            if (_stop != StopReason.None && !_killSent) _session.Abort();
        }
    }

    private static void OnTimeout(object? run) => ((CommandRun)run!).Stop(StopReason.TimedOut);

    private bool TryEnter()
    {
        lock (_gate) return _stop == StopReason.None && (_calling = true);
    }

    private void Exit()
    {
        lock (_gate)
        {
            _calling = false;
            // Only a stop is ever waited upon; a pulse would cost every other command a lock of the runtime's heavy kind.
            if (_stop != StopReason.None) Monitor.PulseAll(_gate);
        }
    }

    private void Stop(StopReason reason)
    {
        lock (_gate)
        {
            if (_ended || _stop != StopReason.None) return;
            _stop = reason;
        }

        // Connecting blocks, and this may be a timer's thread or whoever cancelled the token.
        new Thread(Kill) { IsBackground = true, Name = "mariadb kill" }.UnsafeStart();
    }

    private void Kill()
    {
        var sent = KillQuery.TrySend(_session);
        lock (_gate)
        {
            _killSent = sent;
            var start = _session.Time.GetTimestamp();
            while (sent && _calling)
            {
                var left = _session.Settings.CancellationTimeout - _session.Time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left)) break;
            }

            if (_calling) _session.Abort();
            _killSettled = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void AwaitKill()
    {
        lock (_gate)
        {
            while (_stop != StopReason.None && !_killSettled) Monitor.Wait(_gate);
        }
    }

    /// <summary>What the caller is told. An error that has nothing to do with the stop is reported as it is.</summary>
    private Exception Explain(MariaDbException? error, CancellationToken cancellationToken)
    {
        StopReason reason;
        lock (_gate) reason = _stop;
        if (error is not null && (reason == StopReason.None || (error.Number != MariaDbErrors.QueryInterrupted && !_session.IsBroken))) return error;
        return reason switch
        {
            StopReason.Token => new OperationCanceledException("The command was cancelled.", error, cancellationToken),
            StopReason.TimedOut => new MariaDbException(
                $"The command did not end within its timeout of {_timeout.TotalSeconds} s and was interrupted.", MariaDbErrors.CommandTimeoutExpired, null, error),
            _ => new MariaDbException("Query execution was interrupted.", MariaDbErrors.QueryInterrupted, "70100", error),
        };
    }
}
