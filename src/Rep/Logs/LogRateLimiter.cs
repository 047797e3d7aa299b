using System.Globalization;

namespace Scheduler.Rep.Logs;

/// <summary>
/// Limits a container's output to a number of bytes per second of the output's own time. The rest of a second is dropped,
/// with one notice.
/// </summary>
/// <param name="bytesPerSecond">−1: unlimited; 0: drop everything.</param>
internal sealed class LogRateLimiter(long bytesPerSecond)
{
    private long _second = long.MinValue;
    private long _used;
    private bool _said;

    public enum Decision
    {
        Pass,
        Drop,

        /// <summary>The first dropped line of its second: the notice takes its place.</summary>
        DropAndSay,
    }

    public string Notice { get; } =
        string.Create(CultureInfo.InvariantCulture, $"app instance exceeded log rate limit ({bytesPerSecond} bytes/sec)");

    public Decision Admit(DateTimeOffset time, int bytes)
    {
        if (bytesPerSecond < 0)
            return Decision.Pass;
        if (bytesPerSecond == 0)
            return Decision.Drop;
        var second = time.ToUnixTimeSeconds();
        if (second > _second)
            (_second, _used, _said) = (second, 0, false);
        if (!_said && _used + bytes <= bytesPerSecond)
        {
            _used += bytes;
            return Decision.Pass;
        }

        if (_said)
            return Decision.Drop;
        _said = true;
        return Decision.DropAndSay;
    }
}
