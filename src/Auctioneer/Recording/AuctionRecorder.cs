using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction.Engine;

namespace Scheduler.Auctioneer.Recording;

/// <summary>
/// Recorder of the inputs of the auction's engine. It runs beside the bidding loop: the loop only queues, this writes. When the disk is too
/// slow the queue fills up; recording then pauses and continues in a new file once the queue is empty, so every file is complete.
/// </summary>
internal sealed partial class AuctionRecorder(RecordingOptions options, TimeProvider time, ILogger<AuctionRecorder> logger)
{
    private readonly Channel<Item> _queue = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(options.QueueLength) { SingleReader = true, SingleWriter = true }
    );
    private volatile bool _wantsStart = true;
    private volatile bool _startIsQueued;
    private volatile bool _hasFailed;
    private bool _isPaused;

    /// <summary>Entries that wait for the disk.</summary>
    public int Queued => _queue.Reader.Count;

    /// <summary>Begins a new file if one is due. Call it between two auctions.</summary>
    public void BeginIfDue(AuctionEngine engine)
    {
        if (_hasFailed || _startIsQueued || !(_wantsStart || (_isPaused && _queue.Reader.Count == 0)))
            return;
        _startIsQueued = true;
        // A fork, so that the state is serialized off this thread.
        _isPaused = !_queue.Writer.TryWrite(new Item(null, engine.Fork()));
        _startIsQueued = !_isPaused;
    }

    public void Note(InputLogEntry entry)
    {
        if (_hasFailed || _isPaused || _queue.Writer.TryWrite(new Item(entry, null)))
            return;
        _isPaused = true;
        AuctioneerMetrics.RecordingPaused.Add(1);
        LogPaused(logger, options.QueueLength);
    }

    /// <summary>Runs until cancelled. A disk failure ends the recording, not the auctions.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            using var files = new InputLogFiles(options.Directory, options.MaxFileBytes, options.MaxFiles);
            try
            {
                while (await _queue.Reader.WaitToReadAsync(stopping))
                    WriteWaiting(files);
            }
            finally
            {
                WriteWaiting(files);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _hasFailed = true;
            LogFailed(logger, options.Directory, failure.Message);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stopping);
        }
    }

    private void WriteWaiting(InputLogFiles files)
    {
        while (_queue.Reader.TryRead(out var item))
        {
            files.Write(item.Entry ?? InputLogEntry.StartOf(item.Fleet!));
            if (item.Fleet is not null)
            {
                _wantsStart = false;
                _startIsQueued = false;
            }

            if (files.WantsStart)
                _wantsStart = true;
        }

        files.Flush();
    }

    private readonly record struct Item(InputLogEntry? Entry, AuctionEngine? Fleet);

    [LoggerMessage(
        LogLevel.Warning,
        "Recording paused: {QueueLength} entries are waiting for the disk. It resumes with a new file when they are written"
    )]
    private static partial void LogPaused(ILogger logger, int queueLength);

    [LoggerMessage(LogLevel.Error, "Recording to {Directory} stopped because of an error; auctions continue: {Why}")]
    private static partial void LogFailed(ILogger logger, string directory, string why);
}
