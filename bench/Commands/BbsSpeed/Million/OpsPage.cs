using System.Globalization;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>Reads the ops listener of a process.</summary>
/// <param name="address">Its <c>--ops-listen</c>.</param>
internal sealed class OpsPage(string address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://{address}"), Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>The sum over all labels of a metric; null if the process does not answer or has no such metric yet.</summary>
    public async Task<double?> MetricAsync(string name, CancellationToken cancellationToken)
    {
        string page;
        try
        {
            page = await _http.GetStringAsync("/metrics", cancellationToken);
        }
        catch (HttpRequestException)
        {
            return null; // it does not listen yet
        }

        double? sum = null;
        foreach (var line in page.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
                sum = (sum ?? 0) + double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        }
        return sum;
    }

    public void Dispose() => _http.Dispose();
}
