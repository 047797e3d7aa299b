using System.Globalization;
using System.Text.Json;

namespace Scheduler.Rep.Images.Content;

/// <summary>The ports in an image's configuration (<c>EXPOSE</c>). They inform people: no port is mapped because of them.</summary>
internal static class ExposedPorts
{
    /// <summary>An image lists a few; more would only fill answers.</summary>
    private const int Most = 64;

    /// <summary>Those that are ports, as <c>8080/tcp</c>, in order of their numbers.</summary>
    public static IReadOnlyList<string> Of(JsonElement? listed)
    {
        if (listed is not { ValueKind: JsonValueKind.Object } ports)
            return [];
        return
        [
            .. ports
                .EnumerateObject()
                .Select(port => Parse(port.Name))
                .OfType<(int Number, string Protocol)>()
                .Distinct()
                .Order()
                .Take(Most)
                .Select(port => $"{port.Number}/{port.Protocol}"),
        ];
    }

    private static (int Number, string Protocol)? Parse(string text)
    {
        var (number, protocol) = text.Split('/') switch
        {
            [var only] => (only, "tcp"),
            [var first, var second] => (first, second),
            _ => ("", ""),
        };
        return
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and < 65_536
            && protocol is "tcp" or "udp" or "sctp"
            ? (port, protocol)
            : null;
    }
}
