using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Models;

namespace Scheduler.Router.Proxy;

/// <summary>
/// Writes a line of JSON for each request. Requests never wait for the disk: when it is too slow, lines are lost and counted.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    // Some seconds of a busy router.
    private const int QueueLength = 16_384;

    private readonly Channel<AccessLine> _lines = Channel.CreateBounded<AccessLine>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true }
    );
    private readonly Stream _output;
    private readonly RouterMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Task _writing;

    private AccessLog(Stream output, RouterMetrics metrics, ILogger logger)
    {
        (_output, _metrics, _logger) = (output, metrics, logger);
        _writing = WriteAsync();
    }

    /// <param name="path">The file, <c>-</c> for the standard output, empty for none.</param>
    /// <exception cref="DomainException">The file cannot be opened.</exception>
    public static AccessLog? Open(string path, RouterMetrics metrics, ILogger logger)
    {
        if (path.Length == 0)
            return null;
        try
        {
            // Appending, so that a file that is truncated by rotation begins anew.
            var output =
                path == "-"
                    ? Console.OpenStandardOutput()
                    : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return new AccessLog(output, metrics, logger);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("access-log", $"cannot write {path}: {failure.Message}"), failure);
        }
    }

    public void Add(AccessLine line)
    {
        if (!_lines.Writer.TryWrite(line))
            _metrics.AccessLinesLost.Add(1);
    }

    /// <summary>Writes what is pending and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
        await _output.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        var hasFailed = false;
        while (await _lines.Reader.WaitToReadAsync())
        {
            var count = 0;
            using var batch = new MemoryStream();
            for (; count < 256 && _lines.Reader.TryRead(out var line); count++)
                line.WriteTo(batch);
            try
            {
                batch.Position = 0;
                await batch.CopyToAsync(_output);
                await _output.FlushAsync();
                hasFailed = false;
            }
            catch (IOException failure)
            {
                _metrics.AccessLinesLost.Add(count);
                if (!hasFailed)
                    _logger.AccessLogFailed(failure.Message);
                hasFailed = true;
            }
        }
    }
}

/// <summary>One request, without its query and headers, which may hold secrets.</summary>
internal sealed record AccessLine
{
    public required DateTimeOffset Time { get; init; }

    public required string RequestId { get; init; }

    public required string Host { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    public required string Protocol { get; init; }

    public required string Client { get; init; }

    /// <summary>0 if the client went away before an answer.</summary>
    public required int Status { get; init; }

    public required string Error { get; init; }

    public required TimeSpan Duration { get; init; }

    public required int Attempts { get; init; }

    public required string Backend { get; init; }

    public required string App { get; init; }

    public required string Instance { get; init; }

    public void WriteTo(Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("time", Time);
            json.WriteString("request_id", RequestId);
            json.WriteString("host", Host);
            json.WriteString("method", Method);
            json.WriteString("path", Path);
            json.WriteString("protocol", Protocol);
            json.WriteString("client", Client);
            json.WriteNumber("status", Status);
            json.WriteString("router_error", Error);
            json.WriteNumber("seconds", Math.Round(Duration.TotalSeconds, 6));
            json.WriteNumber("attempts", Attempts);
            json.WriteString("endpoint", Backend);
            json.WriteString("app", App);
            json.WriteString("instance", Instance);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }
}
