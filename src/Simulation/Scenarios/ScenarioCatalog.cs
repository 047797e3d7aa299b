namespace Scheduler.Simulation.Scenarios;

/// <summary>The built-in scenarios, and look-up of a scenario by name or file.</summary>
internal static class ScenarioCatalog
{
    private const string Prefix = "Scenarios/";

    /// <summary>Sorted by name.</summary>
    public static IReadOnlyList<Scenario> All { get; } = [.. Load().OrderBy(scenario => scenario.Name, StringComparer.Ordinal)];

    /// <param name="name">One of <see cref="All"/>, or a file that ends in .yaml.</param>
    /// <exception cref="DomainException">The scenario does not exist, or its file is invalid.</exception>
    public static Scenario Find(string name)
    {
        if (All.FirstOrDefault(scenario => scenario.Name == name) is { } found)
            return found;
        if (!name.EndsWith(".yaml", StringComparison.Ordinal) && !name.EndsWith(".yml", StringComparison.Ordinal))
            throw DomainError
                .Invalid(
                    "--scenario",
                    $"must be one of {string.Join(", ", All.Select(scenario => scenario.Name))}, or a file that ends in .yaml, not \"{name}\""
                )
                .ToException();
        try
        {
            return ScenarioFile.Parse(Path.GetFileNameWithoutExtension(name), name, File.ReadAllText(name));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("--scenario", $"cannot read {name}: {failure.Message}"), failure);
        }
    }

    private static IEnumerable<Scenario> Load()
    {
        var assembly = typeof(ScenarioCatalog).Assembly;
        foreach (
            var resource in assembly.GetManifestResourceNames().Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal))
        )
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var name = resource[Prefix.Length..];
            yield return ScenarioFile.Parse(name, $"{name}.yaml", reader.ReadToEnd());
        }
    }
}
