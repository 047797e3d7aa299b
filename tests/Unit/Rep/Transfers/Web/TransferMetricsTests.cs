using System.Diagnostics.Metrics;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Unit.Rep.Transfers.Web;

public sealed class TransferMetricsTests : IDisposable
{
    private readonly string _cell = Guid.NewGuid().ToString("N");
    private readonly string _file = Path.GetTempFileName();
    private readonly TransferOptions _options = new()
    {
        TransferRetry = TimeSpan.FromMilliseconds(1),
        DownloadAttempts = 3,
        DeniedNetworks = [],
    };
    private readonly List<(string Name, double Value)> _seen = [];
    private readonly MeterListener _listener = new();
    private readonly FileServers _servers;
    private readonly TransferMetrics _metrics;

    public TransferMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == RepMetrics.MeterName)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _listener.Start();
        _servers = new FileServers(_options);
        _metrics = new TransferMetrics(new CellId(_cell));
    }

    public void Dispose()
    {
        _listener.Dispose();
        _servers.Dispose();
        _metrics.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task A_download_counts_once_with_its_retries()
    {
        ScriptedServer server = null!;
        server = new ScriptedServer(_ => server.Requests.Count < 2 ? new ScriptedReply(500) : new ScriptedReply(200, "hello"));
        await using (server)
            await FetchAsync(server);

        Assert.Equal([("DownloadSucceededDuration", true), ("DownloadedBytes", true)], _seen.Select(seen => (seen.Name, seen.Value > 0)));
        Assert.Equal(5, _seen[1].Value);
    }

    [Fact]
    public async Task A_download_that_fails_counts_no_bytes()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(404));
        await Assert.ThrowsAsync<TransferException>(() => FetchAsync(server));

        Assert.Equal("DownloadFailedDuration", Assert.Single(_seen).Name);
    }

    [Theory]
    [InlineData(201, "UploadSucceededDuration", "UploadedBytes")]
    [InlineData(403, "UploadFailedDuration")]
    public async Task So_do_uploads(int status, params string[] names)
    {
        await File.WriteAllTextAsync(_file, "droplet");
        await using var server = new ScriptedServer(_ => new ScriptedReply(status));
        using var file = File.OpenHandle(_file);
        var uploading = new Uploader(_servers, _options, _metrics, TimeProvider.System).UploadAsync(
            file,
            new Uri(server.Url("/droplet")),
            CancellationToken.None
        );
        if (status < 300)
            Assert.Equal(7, await uploading);
        else
            await Assert.ThrowsAsync<TransferException>(() => uploading);

        Assert.Equal(names, _seen.Select(seen => seen.Name));
        Assert.Equal(status < 300 ? 7 : 0, _seen.Where(seen => seen.Name == "UploadedBytes").Sum(seen => seen.Value));
    }

    private Task<Fetched> FetchAsync(ScriptedServer server) =>
        new Fetcher(_servers, _options, _metrics, TimeProvider.System).FetchAsync(
            new Source(new Uri(server.Url("/file")), null),
            null,
            _file,
            _ => { },
            CancellationToken.None
        );

    /// <summary>Other tests of this process measure other cells.</summary>
    private void Note(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag is { Key: "cell_id", Value: string cell } && cell == _cell)
                _seen.Add((name, value));
        }
    }
}
