package hooklatch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which room may see which. Every rule is applied twice: to the product, where it must hold, and to a house of the same
 * plan under {@code hooklatch.archfixture} in which one class breaks each rule, where it must not.
 */
class ArchitectureTest {
    private static final String PRODUCT = "hooklatch";
    private static final String FIXTURE = "hooklatch.archfixture";

    /** What each room may import of ours, itself aside. */
    private static final Map<String, List<String>> MAY_SEE = new LinkedHashMap<>();

    static {
        MAY_SEE.put("domain", List.of());
        MAY_SEE.put("provider", List.of("domain"));
        MAY_SEE.put("dao", List.of("domain"));
        MAY_SEE.put("lock", List.of("domain"));
        MAY_SEE.put("cache", List.of("domain"));
        MAY_SEE.put("handler", List.of("domain", "dao"));
        MAY_SEE.put("service", List.of("domain", "provider", "dao", "lock", "cache", "handler"));
        MAY_SEE.put("web", List.of("domain", "provider", "dao", "lock", "cache", "handler", "service"));
    }

    private static final JavaClasses PRODUCT_CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(PRODUCT);
    private static final JavaClasses FIXTURE_CLASSES = new ClassFileImporter().importPackages(FIXTURE);

    @Test
    void theProductIsThere() {
        assertThat(PRODUCT_CLASSES).hasSizeGreaterThan(50);
        assertThat(PRODUCT_CLASSES.stream().anyMatch(c -> c.getPackageName().startsWith(FIXTURE)))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("rulesOfTheProduct")
    void theProductKeepsEveryRule(ArchRule rule) {
        rule.check(PRODUCT_CLASSES);
    }

    @ParameterizedTest
    @MethodSource("rulesOfTheFixture")
    void everyRuleBitesWhereItIsBroken(ArchRule rule) {
        assertThat(rule.evaluate(FIXTURE_CLASSES).hasViolation())
                .as("the fixture breaks: %s", rule.getDescription())
                .isTrue();
    }

    static Stream<ArchRule> rulesOfTheProduct() {
        return rules(PRODUCT);
    }

    static Stream<ArchRule> rulesOfTheFixture() {
        return rules(FIXTURE);
    }

    private static Stream<ArchRule> rules(String root) {
        List<ArchRule> rules = new ArrayList<>();
        MAY_SEE.forEach((room, seen) -> rules.add(direction(root, room, seen)));
        rules.add(
                confinement(root, List.of("dao", "handler", "app"), "java.sql..", "org.jdbi..", "com.zaxxer.hikari.."));
        rules.add(confinement(root, List.of("lock", "cache", "app"), "org.redisson.."));
        rules.add(confinement(root, List.of("web", "app"), "jakarta.servlet.."));
        return rules.stream();
    }

    private static ArchRule direction(String root, String room, List<String> seen) {
        String[] allowed = Stream.concat(Stream.of(room), seen.stream())
                .map(name -> root + "." + name + "..")
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> ours = resideInAPackage(root + "..");
        return noClasses()
                .that()
                .resideInAPackage(root + "." + room + "..")
                .should()
                .dependOnClassesThat(ours.and(not(resideInAnyPackage(allowed))))
                .as(room + " sees only itself" + (seen.isEmpty() ? "" : " and " + String.join(", ", seen)));
    }

    private static ArchRule confinement(String root, List<String> rooms, String... packages) {
        String[] allowed = rooms.stream().map(name -> root + "." + name + "..").toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(root + "..")
                .and()
                .resideOutsideOfPackages(allowed)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .as(String.join(", ", packages) + " stays in " + String.join(", ", rooms));
    }
}
